import { withDashboard } from '@portico-mcp/dashboard'
import { createDesk } from './requests.ts'

export default withDashboard(createDesk(), { key: 'the-key-of-the-tests-on-every-runtime' })

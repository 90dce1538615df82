import { dashboard } from '@portico-mcp/dashboard'
import { createDesk } from './requests.ts'

export default dashboard(createDesk(), { key: 'the-key-of-the-tests-on-every-runtime' })

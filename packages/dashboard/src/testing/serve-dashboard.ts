import { dashboard } from '@portico-mcp/dashboard'
import { createDesk } from './requests.ts'

export default dashboard(createDesk())

import { createHTTPServer } from '@portico-mcp/server'
import { announce } from './announce.ts'
import { createNotesServer } from './server.ts'

const { url, dashboardUrl } = await createHTTPServer(
  ({ notify }) => createNotesServer(() => notify.resourcesChanged()),
  { port: Number(process.env.PORT ?? 3000) },
)
announce('Notes', url)
if (dashboardUrl) console.log(`Open ${dashboardUrl} in a browser`)

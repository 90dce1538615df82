import { createNotesServer } from '@portico-example/notes'
import { createMcpHandler } from '@portico-mcp/core'
import { type FetchHandler, withGuard } from '@portico-mcp/guard'

const handler = createMcpHandler(() => createNotesServer(() => handler.notify.resourcesChanged()))

/** What Cloudflare runs. The notes, and who listens for them, are in the memory of one isolate. */
const door: FetchHandler = withGuard(handler, { publicUrl: 'https://notes.example.workers.dev/mcp' })

export default door

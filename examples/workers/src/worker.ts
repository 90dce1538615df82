import { createNotesServer } from '@portico-example/notes'
import { createMcpHandler } from '@portico-mcp/core'
import { type FetchHandler, guarded } from '@portico-mcp/guard'

const handler = createMcpHandler(() => createNotesServer(() => handler.notify.resourcesChanged()))

const door: FetchHandler = guarded(handler, { publicUrl: 'https://notes.example.workers.dev/mcp' })

export default door

import { announce, createNotesServer } from '@portico-example/notes'
import { createMcpHandler } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'

const handler = createMcpHandler(() => createNotesServer(() => handler.notify.resourcesChanged()))
const door = withGuard(handler)

interface Address {
  hostname: string
  port: number
}

/** What `deno serve` runs. */
export default {
  fetch: (request: Request, { remoteAddr }: { remoteAddr: Address }): Promise<Response> =>
    door.fetch(request, { clientAddress: remoteAddr.hostname }),
  onListen: ({ hostname, port }: Address): void =>
    announce('Notes on Deno', `http://${hostname}:${port}/mcp`),
}

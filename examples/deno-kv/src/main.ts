import { createMcpHandler } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'
import { sessions } from '@portico-mcp/sessions'
import { createBakery } from './bakery.ts'
import { KvBus } from './kv-bus.ts'
import { KvEventStore } from './kv-event-store.ts'
import { KvSessionStore } from './kv-session-store.ts'

// On Deno Deploy, KV is unset, and `openKv` opens the database of the app.
const kv = await Deno.openKv(Deno.env.get('KV'))
const bus = new KvBus(kv)

const handler = createMcpHandler(createBakery, {
  bus,
  legacy: sessions({ store: new KvSessionStore(kv), eventStore: new KvEventStore(kv), bus }),
})
const guarded = withGuard(handler, { publicUrl: Deno.env.get('PUBLIC_URL') })

// Deno waits for open streams when it is told to stop, and clients keep theirs open.
Deno.addSignalListener('SIGTERM', async () => {
  await handler.close()
  kv.close()
  Deno.exit()
})

interface Address {
  hostname: string
  port: number
}

/** What `deno serve` runs. */
export default {
  fetch: (request: Request, { remoteAddr }: { remoteAddr: Address }): Response | Promise<Response> =>
    guarded.fetch(request, { clientAddress: remoteAddr.hostname }),
  onListen: ({ hostname, port }: Address): void =>
    console.log(`A bakery on Deno KV at http://${hostname}:${port}/mcp\n`),
}

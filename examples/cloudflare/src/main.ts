import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { unstable_startWorker } from 'wrangler'

// `wrangler dev` without its keys and inspector, and without a request to Cloudflare
process.env.CLOUDFLARE_CF_FETCH_ENABLED ??= 'false'
process.env.WRANGLER_SEND_METRICS ??= 'false'

const { PORT = '3000', SESSION_SECRET = crypto.randomUUID(), OBJECTS } = process.env
const port = Number(PORT) || (await findPort())
const PUBLIC_URL = `http://127.0.0.1:${port}`

const worker = await unstable_startWorker({
  config: fileURLToPath(new URL('../wrangler.jsonc', import.meta.url)),
  bindings: {
    PUBLIC_URL: { type: 'plain_text', value: PUBLIC_URL },
    SESSION_SECRET: { type: 'plain_text', value: SESSION_SECRET },
  },
  dev: {
    server: { hostname: '127.0.0.1', port },
    remote: false,
    // the folder of the objects, which then survive a restart
    persist: OBJECTS ?? false,
    inspector: false,
    watch: false,
    logLevel: 'warn',
  },
})
process.once('SIGINT', stop)
process.once('SIGTERM', stop)

await worker.ready
console.log(`A bakery on Durable Objects at ${PUBLIC_URL}/mcp\n`)
console.log(`Connect a client that signs its users in. Any name will do, there are no passwords.\n`)

async function stop(): Promise<void> {
  await worker.dispose()
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' ? (address?.port ?? 3000) : 3000
}

import { fileURLToPath } from 'node:url'
import { announce } from '@portico-example/notes'
import { unstable_startWorker } from 'wrangler'

// `wrangler dev` without its keys and inspector, and without a request to Cloudflare
process.env.CLOUDFLARE_CF_FETCH_ENABLED ??= 'false'
process.env.WRANGLER_SEND_METRICS ??= 'false'

const worker = await unstable_startWorker({
  config: fileURLToPath(new URL('../wrangler.jsonc', import.meta.url)),
  dev: {
    server: { hostname: '127.0.0.1', port: Number(process.env.PORT ?? 3000) },
    remote: false,
    persist: false,
    inspector: false,
    watch: false,
    logLevel: 'warn',
  },
})
process.once('SIGINT', stop)
process.once('SIGTERM', stop)

announce('Notes on Workers', new URL('/mcp', await worker.url).href)

async function stop(): Promise<void> {
  await worker.dispose()
}

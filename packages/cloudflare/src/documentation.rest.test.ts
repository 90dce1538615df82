import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { Miniflare } from 'miniflare'
import { expect, it } from 'vitest'
import { bundleWorker } from './testing/isolates.ts'

const programs = ['../../../docs/22-cloudflare.md', '../README.md'].flatMap((file) => {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8')
  return [...text.matchAll(/^```js\n([\s\S]*?)^```/gm)].map(([, code], index) => [
    `${file} ${index + 1}`,
    code!,
  ])
})

it('has programs', () => {
  expect(programs.length).toBeGreaterThanOrEqual(3)
})

it.each(programs)('%s runs on workerd, and serves a session', async (_, code) => {
  // Within the package, so that its imports are found.
  const folder = await mkdtemp(fileURLToPath(new URL('./testing/.documented-', import.meta.url)))
  const file = join(folder, 'worker.js')
  let worker: Miniflare | undefined
  try {
    await writeFile(file, code!)
    worker = new Miniflare({
      modules: true,
      script: await bundleWorker(pathToFileURL(file)),
      compatibilityDate: '2026-04-26',
      cf: false,
      kvNamespaces: ['CACHE'],
      durableObjects: { PORTICO: { className: 'PorticoObject', useSQLite: true } },
      queueProducers: { TASKS: 'tasks' },
    })
    const url = new URL('/mcp', await worker.ready)
    const client = new Client({ name: 'reader', version: '1.0.0' })
    const transport = new StreamableHTTPClientTransport(url, {
      fetch: (_url, init) =>
        worker!.dispatchFetch('https://desk.example.workers.dev/mcp', init as never) as never,
    })
    await client.connect(transport)
    expect(transport.sessionId).toBeDefined()
    await client.ping()
    await transport.terminateSession()
    await client.close()
  } finally {
    await worker?.dispose()
    await rm(folder, { recursive: true })
  }
})

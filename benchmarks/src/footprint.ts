import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { SubjectProcess } from './commands.ts'
import type { Effort, Sample } from './samples.ts'
import { SUBJECTS } from './subjects.ts'
import { WORKS } from './work.ts'

const here = fileURLToPath(new URL('.', import.meta.url))

const HANDLER = `import { createMcpHandler, McpServer } from '@portico-mcp/core'
export default createMcpHandler(() => new McpServer({ name: 'worker', version: '1' }))`

const WORKER = `import { env } from 'cloudflare:workers'
import { cloudflare, cloudflareSessions } from '@portico-mcp/cloudflare'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
const portico = cloudflare(env.PORTICO)
export { PorticoObject } from '@portico-mcp/cloudflare'
export default createMcpHandler(() => new McpServer({ name: 'worker', version: '1' }),
  { bus: portico.bus, legacy: cloudflareSessions(portico) })`

const WHOLE_WORKER = `import { env } from 'cloudflare:workers'
import { withAuth, withResourceMetadata } from '@portico-mcp/auth'
import { cloudflare, cloudflareSessions } from '@portico-mcp/cloudflare'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { withCors, withGuard, withRateLimit } from '@portico-mcp/guard'
import { oauthServer, withAuthorizationServer } from '@portico-mcp/oauth'
import { tasks } from '@portico-mcp/tasks'
const { PUBLIC_URL: issuer, SECRET: sessionSecret } = env
const resourceServerUrl = issuer + '/mcp'
const portico = cloudflare(env.PORTICO)
const { rateLimitStore, oauthStore: store } = portico
const server = oauthServer({ issuer, resource: resourceServerUrl, sessionSecret, store, rateLimitStore,
  authenticate: () => ({ sub: 'ann' }) })
const handler = createMcpHandler(() => new McpServer({ name: 'worker', version: '1' }), {
  bus: portico.bus,
  legacy: cloudflareSessions(portico),
  extensions: [tasks({ store: portico.taskStore, queue: portico.taskQueue(), keys: [sessionSecret] })],
})
const gated = withAuth(withRateLimit(handler, { store: rateLimitStore }), { resourceServerUrl, verifier: server.verifier })
const found = withResourceMetadata(gated, { resourceServerUrl, oauthMetadata: server.metadata })
export { PorticoObject } from '@portico-mcp/cloudflare'
export default withGuard(withCors(withAuthorizationServer(found, server)), { publicUrl: issuer })`

const MCP_HANDLER = `import { createMcpHandler } from 'mcp-handler'
export default { fetch: createMcpHandler(() => {}, {}, {}) }`

const SERVER = `import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
export default new McpServer({ name: 'worker', version: '1' })`

const NO_AJV = '@portico-mcp/core/without-ajv'
const WITHOUT_AJV = { ajv: NO_AJV, 'ajv-formats': NO_AJV }

const core = fileURLToPath(new URL('../../packages/core/', import.meta.url))

/** Measures what it costs to be there: the time to import, and the bundle of a minimal Worker. */
export async function measureFootprint({ rounds }: Effort): Promise<Sample[]> {
  const sizeOfSdk = await bundleSize(SERVER)
  const sizes: [work: string, ours: number][] = [
    ['minimal Worker', await bundleSize(HANDLER)],
    ['minimal Worker, without Ajv', await bundleSize(HANDLER, WITHOUT_AJV)],
    ['Worker with sessions on Durable Objects, without Ajv', await bundleSize(WORKER, WITHOUT_AJV)],
    ['Worker with everything, without Ajv', await bundleSize(WHOLE_WORKER, WITHOUT_AJV)],
  ]
  const samples = sizes.flatMap(([work, ours]): Sample[] => [
    { subject: 'portico', work, metric: 'bundle', value: ours },
    { subject: 'sdk-1.x', work, metric: 'bundle', value: sizeOfSdk },
  ])
  samples.push({
    subject: 'mcp-handler',
    work: 'minimal Worker',
    metric: 'bundle',
    value: await bundleSize(MCP_HANDLER),
  })
  // as it is published
  execFileSync(process.execPath, [`${core}bundle.mjs`, 'dist/measured'])
  const modules = {
    portico: `${core}dist/measured/index.js`,
    'sdk-1.x': '@modelcontextprotocol/sdk/server/mcp.js',
  }
  for (let round = 0; round < rounds * 3; round++) {
    for (const [subject, module] of Object.entries(modules)) {
      samples.push({ subject, work: 'cold', metric: 'import', value: importTime(module) })
    }
  }
  return samples
}

async function bundleSize(contents: string, alias: Record<string, string> = {}): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: here },
    absWorkingDir: here,
    alias,
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    external: ['cloudflare:workers', 'node:*'],
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'import'],
  })
  return outputFiles[0]!.contents.byteLength
}

/** Milliseconds of CPU that an import takes in a new process, without those of the process itself. */
function importTime(module: string): number {
  const code = `const before = process.cpuUsage()
    await import('${module}')
    const { user, system } = process.cpuUsage(before)
    console.log((user + system) / 1000)`
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: here }))
}

/** Measures whether the heap grows over many requests. */
export async function measureHeap(
  processes: Map<string, SubjectProcess>,
  { requests }: Effort,
): Promise<Sample[]> {
  const samples: Sample[] = []
  for (const [subject, { ask }] of processes) {
    const work = WORKS.find(
      ({ method, era }) => method === 'tools/call' && SUBJECTS[subject]!.eras.includes(era),
    )
    if (!work || !(await ask<boolean>('answer', { work, requests: requests / 10 }))) continue
    const before = await ask<number>('heap')
    await ask('answer', { work, requests })
    const value = (await ask<number>('heap')) - before
    samples.push({ subject, work: `${requests} calls`, metric: 'heap growth', value })
  }
  return samples
}

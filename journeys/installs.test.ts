import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createApp, type PackedPackage, PNPM, packPackages, run } from './testing/packed-packages.ts'
import { startRegistry } from './testing/registry.ts'

let packages: PackedPackage[]
let removePackages: () => void
const apps: string[] = []

beforeAll(async () => {
  const packed = await packPackages()
  packages = packed.packages
  removePackages = packed.remove
}, 300_000)
afterAll(() => removePackages?.())
afterEach(() => {
  for (const app of apps.splice(0)) rmSync(app, { recursive: true, force: true })
})

/** Imports every entry of every package, and calls a tool. */
const PROGRAM = (entries: string[]): string => `
for (const entry of ${JSON.stringify(entries)}) await import(entry)
const { createMcpHandler, McpServer } = await import('@portico-mcp/core')
const sdk = await import('@modelcontextprotocol/sdk/server/mcp.js').catch(() => undefined)
for (const Class of [McpServer, sdk?.McpServer ?? McpServer]) {
  const { fetch } = createMcpHandler(() => {
    const server = new Class({ name: 'clock', version: '1.0.0' })
    server.registerTool('now', {}, async () => ({ content: [{ type: 'text', text: 'noon' }] }))
    return server
  })
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'now', arguments: {} } }
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
  const answer = await fetch(
    new Request('http://localhost/mcp', { method: 'POST', headers, body: JSON.stringify(body) }),
  )
  console.log((await answer.json()).result.content[0].text)
}
`

/** Where a file of a runtime is, which only testing/ installs. */
const inTesting = (path: string): string =>
  fileURLToPath(new URL(`../testing/node_modules/${path}`, import.meta.url))

// peers, which an application brings
const PEERS = {
  '@koa/router': '^15.7.0',
  express: '^5.1.0',
  fastify: '^5.6.0',
  hono: '^4.13.19',
  koa: '^3.3.0',
}

const archives = (): Record<string, string> =>
  Object.fromEntries(packages.map(({ name, archive }) => [name, archive]))

/** The archives of one package, and of those that it depends on. */
function withDependencies(name: string): Record<string, string> {
  const found = packages.find((one) => one.name === name)
  if (!found) return {}
  return Object.assign({ [name]: found.archive }, ...found.dependencies.map(withDependencies))
}

function app(zod: string, more: object = {}, files: Record<string, string> = {}): string {
  // the SDK itself refuses to be installed beside an older zod
  const sdk = zod.startsWith('3.24') ? {} : { '@modelcontextprotocol/sdk': '^1.32.2' }
  const dependencies = { ...PEERS, ...sdk, zod, ...archives() }
  const folder = createApp({
    'package.json': JSON.stringify({ name: 'app', private: true, type: 'module', dependencies, ...more }),
    'program.mjs': PROGRAM(packages.flatMap(({ entries }) => entries)),
    ...files,
  })
  apps.push(folder)
  return folder
}

describe('the packed packages', { timeout: 600_000 }, () => {
  it.each(['3.24.4', '^3.25.0', '^4.0.0'])('install with npm beside zod %s, and run', async (zod) => {
    // Fastify takes a cookie parser for Node 22 through its test client
    const folder = app(zod, { overrides: { cookie: '^1.0.2' } })
    await run(folder, ['npm', 'install', '--no-audit', '--no-fund', '--engine-strict'])
    expect(await run(folder, ['node', 'program.mjs'])).toBe('noon\nnoon\n')
  })

  it('install with pnpm without hoisting, and run', async () => {
    const overrides = Object.entries(archives()).map(([name, archive]) => `  '${name}': '${archive}'\n`)
    const folder = app(
      '^4.0.0',
      {},
      { 'pnpm-workspace.yaml': `hoist: false\noverrides:\n${overrides.join('')}` },
    )
    await run(folder, [...PNPM, 'install', '--ignore-scripts', '--no-frozen-lockfile'])
    expect(await run(folder, ['node', 'program.mjs'])).toBe('noon\nnoon\n')
  })

  it("install with Yarn's Plug'n'Play, and run", async () => {
    const folder = app(
      '^4.0.0',
      { resolutions: archives() },
      { 'yarn.lock': '', '.yarnrc.yml': 'nodeLinker: pnp\n' },
    )
    const registry = (await run(folder, ['npm', 'config', 'get', 'registry'])).trim()
    const env = {
      YARN_NPM_REGISTRY_SERVER: registry,
      YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
      YARN_ENABLE_SCRIPTS: 'false',
    }
    const yarn = ['npx', '--yes', '@yarnpkg/cli-dist@4']
    await run(folder, [...yarn, 'install'], env)
    expect(await run(folder, [...yarn, 'node', 'program.mjs'], env)).toBe('noon\nnoon\n')
  })

  it('serve plain Koa without router, tools and sessions', async () => {
    const koa = withDependencies('@portico-mcp/koa')
    const folder = createApp({
      'package.json': JSON.stringify({
        name: 'app',
        private: true,
        type: 'module',
        dependencies: { koa: PEERS.koa, zod: '^4.0.0', ...koa },
      }),
      'program.mjs': PROGRAM(['@portico-mcp/koa']),
      'router.mjs': "await import('@portico-mcp/koa/router').catch(({ code }) => console.log(code))",
    })
    apps.push(folder)
    await run(folder, ['npm', 'install', '--no-audit', '--no-fund'])
    expect(await run(folder, ['node', 'program.mjs'])).toBe('noon\nnoon\n')
    expect(await run(folder, ['node', 'router.mjs'])).toBe('ERR_MODULE_NOT_FOUND\n')
  })

  /** What people add to a project that they begin with. */
  const ADDED = ['core', 'guard', 'auth', 'sessions', 'skills', 'tasks'].map((name) => `@portico-mcp/${name}`)

  async function withRegistry(
    use: (folder: string, env: Record<string, string>) => Promise<void>,
  ): Promise<void> {
    const folder = createApp({
      'package.json': JSON.stringify({ name: 'app', private: true, type: 'module' }),
      'program.mjs': PROGRAM(ADDED),
    })
    apps.push(folder)
    const upstream = (await run(folder, ['npm', 'config', 'get', 'registry'])).trim()
    const registry = await startRegistry(packages, upstream)
    try {
      await use(folder, registry.env)
    } finally {
      registry.close()
    }
  }

  it('are added by Bun, and run', () =>
    withRegistry(async (folder, env) => {
      const bun = inTesting('bun/bin/bun.exe')
      await run(folder, [bun, 'add', '--ignore-scripts', ...ADDED, 'zod'], env)
      expect(await run(folder, [bun, 'program.mjs'])).toBe('noon\nnoon\n')
    }))

  it('are added by Deno, and run', () =>
    withRegistry(async (folder, env) => {
      const deno = inTesting('deno/deno')
      await run(folder, [deno, 'add', ...[...ADDED, 'zod'].map((name) => `npm:${name}`)], env)
      expect(await run(folder, [deno, 'run', '--allow-all', 'program.mjs'], env)).toBe('noon\nnoon\n')
    }))
})

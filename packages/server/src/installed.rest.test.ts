import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installServer } from './testing/installed.ts'
import { start } from './testing/process.ts'
import { post } from './testing/serve.ts'

let installed: ReturnType<typeof installServer>
beforeAll(() => {
  installed = installServer()
})
afterAll(() => installed.remove())

const write = (name: string, code: string): string => {
  writeFileSync(join(installed.folder, name), code)
  return join(installed.folder, name)
}

const APP = `
  import { createHTTPServer } from '@portico-mcp/server'
  const { url } = await createHTTPServer({ name: 'bundled', version: '1', port: 0 })
  console.log('MCP at ' + url)
`
const TYPED = `
  type Name = string
  const name: Name = 'typed'
  export default { name, version: '1' }
`

const audits = createRequire(new URL('../../audits/package.json', import.meta.url))
const newerNode = (name: string): string => audits.resolve(`${name}/bin/node`)

describe('without the optional packages', () => {
  it('an application is bundled without flags, and runs', async () => {
    const outfile = join(installed.folder, 'bundle.mjs')
    const entry = write('app.mjs', APP)
    const banner = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`
    const { errors } = await build({
      entryPoints: [entry],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      banner: { js: banner },
      logLevel: 'silent',
    })
    expect(errors).toEqual([])
    const started = start([outfile])
    const [, url] = await started.prints(/MCP at (\S+)\n/)
    expect((await post(url!)).status).toBe(200)
    started.kill('SIGTERM')
    expect(await started.ended).toBe(0)
  })

  it('metrics say what they need', async () => {
    const code = APP.replace('port: 0', 'port: 0, telemetry: { metrics: true }')
    const started = start([write('metrics.mjs', code)])
    expect(await started.ended).toBe(1)
    expect(started.stderr()).toContain('telemetry.metrics takes @opentelemetry/api')
  })

  it('the command serves JavaScript, and again when it changes', async () => {
    const module = write('plain.mjs', `export default { name: 'plain', version: '1' }`)
    const started = start([installed.main, module, '--port', '0', '--watch'])
    await started.prints(/MCP at (\S+)\n/)
    write('plain.mjs', `export default { name: 'changed', version: '1' }`)
    const [, url] = await started.prints(/MCP at [\s\S]*MCP at (\S+)\n/)
    expect((await post(url!)).status).toBe(200)
    started.kill('SIGTERM')
    expect(await started.ended).toBe(0)
  })

  const reads = (process.features as { typescript?: unknown }).typescript
  it.skipIf(reads)('the command says what it takes to serve TypeScript', async () => {
    const started = start([installed.main, write('typed.ts', TYPED), '--port', '0'])
    expect(await started.ended).toBe(1)
    expect(started.stderr()).toMatch(
      /does not read .*typed\.ts: install tsx \(.*\), or use Node 22\.18 or later/,
    )
    expect(started.stderr()).not.toContain('    at ')
  })

  it.each(['node-22', 'node-24'])('Node reads TypeScript itself: %s', async (name) => {
    const started = start([installed.main, write('typed.mts', TYPED), '--port', '0'], {
      node: newerNode(name),
    })
    const [, url] = await started.prints(/MCP at (\S+)\n/)
    expect((await post(url!)).status).toBe(200)
    started.kill('SIGTERM')
    expect(await started.ended).toBe(0)
  })
})

it('the manifest asks nobody for tsx', async () => {
  const file = fileURLToPath(new URL('../package.json', import.meta.url))
  const manifest = (await import(file, { with: { type: 'json' } })).default
  expect(manifest.dependencies).not.toHaveProperty('tsx')
  expect(manifest.peerDependenciesMeta.tsx).toEqual({ optional: true })
})

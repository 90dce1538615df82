import { officialClients } from '@portico-example/testing/examples'
import { describe, expect, it } from 'vitest'
import { factory, run, toolsAt, urlOf, useFolder, write } from './testing/command.ts'
import { openDashboard } from './testing/open-dashboard.ts'
import { postRaw } from './testing/serve.ts'

useFolder()

describe('the command', () => {
  it.each([
    ['a factory in TypeScript', 'factory.ts', factory('hello')],
    ['TypeScript that is an ES module by its name', 'factory.mts', factory('hello')],
    [
      'an object',
      'object.mjs',
      `export default { name: 'x', version: '1', setup: (server) => server.registerTool('hello', {}, async () => ({ content: [] })) }`,
    ],
    [
      'a handler',
      'handler.mjs',
      `import { createMcpHandler, McpServer } from '@portico-mcp/core'
       export default createMcpHandler(() => {
         const server = new McpServer({ name: 'x', version: '1' })
         server.registerTool('hello', {}, async () => ({ content: [] }))
         return server
       })`,
    ],
    [
      'CommonJS',
      'factory.cjs',
      `const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js')
       module.exports = () => {
         const server = new McpServer({ name: 'x', version: '1' })
         server.registerTool('hello', {}, async () => ({ content: [] }))
         return server
       }`,
    ],
  ])('serves %s, and stops with code 0', async (_, name, code) => {
    const started = run([write(name, code), '--port', '0'])
    const url = await urlOf(started)
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/mcp$/)
    expect(await toolsAt(url)).toEqual(['hello'])
    const legacy = await officialClients['1.x']!(url)
    expect((await legacy.listTools()).tools).toHaveLength(1)
    await legacy.close()
    started.kill('SIGTERM')
    expect(await started.ended).toBe(0)
  })

  it('prints the whole address of the dashboard, which opens it', async () => {
    const started = run([write('shown.mts', factory('hello')), '--port', '0'])
    const [, address] = await started.prints(/^Open (\S+) in a browser\n/m)
    const cookie = await openDashboard(address)
    const page = await fetch(new URL('/', address), { headers: { accept: 'text/html', cookie } })
    expect(await page.text()).toContain('Portico dashboard')
  })

  it('resolves imports of TypeScript by the names that they will have', async () => {
    write('package/package.json', '{ "type": "module" }')
    write('package/tool.ts', `export const tool: string = 'typed'`)
    const code = factory('').replace(/type Tool[\s\S]*?""/, `import { tool } from './tool.js'`)
    const url = await urlOf(run([write('package/server.ts', code), '-p', '0']))
    expect(await toolsAt(url)).toEqual(['typed'])
  })

  it('takes where it listens from its options, and the port from the environment', async () => {
    const started = run(
      [write('options.ts', factory('hello')), '--host', 'localhost', '--path', '/api', '--log'],
      {
        PORT: '0',
      },
    )
    const url = await urlOf(started)
    expect(url).toMatch(/^http:\/\/localhost:\d+\/api$/)
    expect((await postRaw(url, {})).status).toBe(200)
    await started.prints(/"path":"\/api","status":200/)
  })

  it('starts again when what it serves changes, and goes on where that is broken', {
    timeout: 120_000,
  }, async () => {
    const name = write('watched.mts', factory('before'))
    const started = run([name, '-wp', '0'])
    expect(await toolsAt(await urlOf(started))).toEqual(['before'])
    const [, key] = await started.prints(/Open \S+\?key=(\S+) in a browser\n/)
    const rewritten = async (code: string, pattern: RegExp) => {
      write(name, code)
      return started.prints(pattern)
    }
    const [, url] = await rewritten(factory('after'), /MCP at [\s\S]*MCP at (\S+)\n/)
    expect(await toolsAt(url!)).toEqual(['after'])
    const [, sameKey] = await started.prints(/Open [\s\S]*Open \S+\?key=(\S+) in a browser\n/)
    expect(sameKey).toBe(key)
    write(name, 'export default nonsense(')
    await expect.poll(() => started.stderr(), { timeout: 60_000 }).toContain('ERROR')
    const [, mended] = await rewritten(factory('mended'), /(?:MCP at [\s\S]*){2}MCP at (\S+)\n/)
    expect(await toolsAt(mended!)).toEqual(['mended'])
    started.kill('SIGTERM')
    expect(await started.ended).toBe(0)
  })

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'stops with code 0 on %s while what it watches is broken',
    { timeout: 60_000 },
    async (signal) => {
      const started = run([write('broken.mts', 'export default nonsense('), '-wp', '0'])
      await expect.poll(() => started.stderr(), { timeout: 50_000 }).toContain('ERROR')
      started.kill(signal)
      expect(await started.ended).toBe(0)
    },
  )

  it('says what it takes', async () => {
    const started = run(['--help'])
    expect(await started.ended).toBe(0)
    expect(started.stdout()).toMatch(/^Usage: portico-server <module>[\s\S]*--port[\s\S]*--watch/)
    const lines = started.stdout().trimEnd().split('\n')
    expect(lines.length).toBeGreaterThanOrEqual(24)
    expect(lines.length).toBeLessThanOrEqual(40)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120)
    const version = run(['--version'])
    expect(await version.ended).toBe(0)
    expect(version.stdout()).toMatch(/^\d+\.\d+\.\d+(?:-rc\.\d+)?\n$/)
  })

  it.each([
    ['no module', [], 2, 'The file of the module is missing'],
    ['a file that is not there', ['nowhere.ts'], 2, 'There is no file'],
    ['a folder', ['.'], 2, 'There is no file'],
    ['too much', ['a.ts', 'b.ts'], 2, 'Unexpected argument: b.ts'],
    ['an option that is none', ['--prot', '1'], 2, "Unknown option '--prot'"],
    [
      'an option that is nearly one',
      ['a.ts', '--logging'],
      2,
      "Unknown option '--logging'; did you mean --log?",
    ],
    ['an option with its letters mixed up', ['a.ts', '--prot=1'], 2, "'--prot'; did you mean --port?"],
    ['the beginning of an option', ['a.ts', '--ho', '::1'], 2, 'did you mean --host?'],
    ['an option like no other', ['a.ts', '--json'], 2, "Unknown option '--json'\n"],
    ['a port that is none', ['a.ts', '--port', 'http'], 2, 'A port is a number'],
    ['a file that is not there, to watch', ['nowhere.ts', '--watch'], 2, 'There is no file'],
  ])('refuses %s', async (_, args, code, message) => {
    const started = run(args)
    expect(await started.ended).toBe(code)
    expect(started.stderr()).toContain(message)
    expect(started.stderr()).not.toContain('    at ')
  })

  it.each([
    ['no default export', 'export const server = 1', 'has no default export'],
    ['a text', `export default 'server'`, 'is string; export a function'],
    ['nothing', 'export default undefined', 'is undefined; export a function'],
    ['a promise', 'export default Promise.resolve({})', 'is a promise'],
    [
      'a server',
      'export default { connect() {}, close() {} }',
      'a server, which could serve one client only',
    ],
    ['a factory of nothing', 'export default () => ({})', 'must return a server'],
    [
      'a definition with a slip',
      `export default { name: 'x', versoin: '1' }`,
      'version must be a string that is not empty',
    ],
    [
      'a definition without a name',
      `export default { version: '1', setup() {} }`,
      'name must be a string that is not empty',
    ],
    [
      'a definition that is wrong',
      `export default { name: 'x', version: '1', prot: 1 }`,
      'no option "prot": did you mean port?',
    ],
  ])('fails for a module whose default export is %s', async (_, code, message) => {
    const started = run([write('wrong.mjs', code), '--port', '0'])
    expect(await started.ended).toBe(1)
    expect(started.stderr()).toContain(message)
    expect(started.stderr()).not.toContain('    at ')
  })

  it('fails for a module that does, and says where', async () => {
    const started = run([write('thrower.ts', `setInterval(() => {}, 1000)\nthrow new Error('no database')`)])
    expect(await started.ended).toBe(1)
    expect(started.stderr()).toMatch(/no database[\s\S]*thrower\.ts:2/)
  })
})

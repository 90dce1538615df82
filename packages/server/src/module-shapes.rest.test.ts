import { officialClients } from '@portico-example/testing/examples'
import { describe, expect, it } from 'vitest'
import { factory, run, toolsAt, urlOf, useFolder, write } from './testing/command.ts'

useFolder()

const IMPORT = `import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'\n`
const STDIO = `import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'\n`
const BUILD = `
  const server = new McpServer({ name: 'shaped', version: '1.0.0' })
  server.registerTool('hello', {}, async () => ({ content: [] }))
`

describe('the command serves', () => {
  it.each([
    ['a factory by its name', `${IMPORT}export function createServer() { ${BUILD} return server }`, []],
    [
      'the export that --export names',
      `${IMPORT}export default 1\nexport const other = async () => { ${BUILD} return server }`,
      ['--export', 'other'],
    ],
    [
      'a factory of { server, cleanup }',
      `${IMPORT}export const createServer = () => { ${BUILD} return { server, cleanup() {} } }`,
      [],
    ],
    [
      'a class of a server',
      `${IMPORT}export default class extends McpServer {
        constructor() {
          super({ name: 'shaped', version: '1.0.0' })
          this.registerTool('hello', {}, async () => ({ content: [] }))
        }
      }`,
      [],
    ],
    [
      'a class that holds a server',
      `${IMPORT}export class Weather { constructor() { ${BUILD} this.server = server } }`,
      ['-e', 'Weather'],
    ],
    [
      'the route of a framework with routes in files',
      `import { createMcpHandler } from '@portico-mcp/core'
       ${IMPORT}
       const { fetch } = createMcpHandler(() => { ${BUILD} return server })
       export { fetch as GET, fetch as POST }`,
      [],
    ],
    [
      'an app with fetch',
      `import { createMcpHandler } from '@portico-mcp/core'
       ${IMPORT}
       const mcp = createMcpHandler(() => { ${BUILD} return server })
       export default { fetch: (request) => new URL(request.url).pathname === '/mcp' ? mcp.fetch(request) : new Response(null, { status: 404 }) }`,
      [],
    ],
  ])('%s', async (_, code, args) => {
    const url = await urlOf(run([write('shape.mjs', code), '-p', '0', ...args]))
    expect(await toolsAt(url)).toEqual(['hello'])
    const legacy = await officialClients['1.x']!(url)
    expect((await legacy.listTools()).tools).toHaveLength(1)
    await legacy.close()
  })

  it('exports of CommonJS by their names', async () => {
    const code = `const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js')
      module.exports.helper = () => {}
      module.exports.createServer = () => { ${BUILD} return server }`
    expect(await toolsAt(await urlOf(run([write('named.cjs', code), '-p', '0'])))).toEqual(['hello'])
  })
})

describe('the command refuses, and says what to write instead', () => {
  it.each([
    [
      'a server',
      `${IMPORT}${BUILD}export default server`,
      /is a server, which could serve one client only; export a function that builds it: export default \(\) => /,
      'server-instance',
    ],
    [
      'a server beside its cleanup',
      `${IMPORT}${BUILD}export default { server, cleanup() {} }`,
      /is a server, which could serve one client only/,
      'server-instance',
    ],
    [
      'a promise',
      `export default (async () => {})()`,
      /is a promise; export the async function/,
      'promise-exported',
    ],
    [
      'two functions that build a server',
      'export const createServer = () => {}\nexport const getServer = () => {}',
      /has no default export, but createServer and getServer: choose one, such as --export createServer\n/,
      'export-ambiguous',
    ],
    [
      'a module without anything to serve',
      'export const limit = 1, unit = "ms"',
      /has no default export; it exports limit, unit\. Name the one to serve with --export/,
      'export-missing',
    ],
    [
      'an app of Express',
      `export default Object.assign(() => {}, { use() {}, handle() {}, listen() {} })`,
      /is an Express app, which listens by itself; export the function that builds its MCP server, or start the app and serve its URL/,
      'app-exported',
    ],
    [
      'a server of node:http',
      `import { createServer } from 'node:http'\nexport default createServer()`,
      /is an HTTP server, which listens by itself/,
      'app-exported',
    ],
    [
      'a server of FastMCP',
      `export default { start() {}, addTool() {}, addPrompt() {} }`,
      /is a server of FastMCP, which starts itself; call its start/,
      'starts-itself',
    ],
    [
      'a program that connects to stdio',
      `${IMPORT}${STDIO}${BUILD}await server.connect(new StdioServerTransport())`,
      /connects to stdin and stdout when it is imported.*serve it as a program: portico-server -- node wrong\.mjs\n/,
      'connects-to-stdio',
    ],
    [
      'a program that connects to stdio later',
      `${IMPORT}${STDIO}${BUILD}setTimeout(() => server.connect(new StdioServerTransport()), 50)`,
      /connects to stdin and stdout when it is imported/,
      'connects-to-stdio',
    ],
  ])('%s', async (_, code, message, id) => {
    const started = run([write('wrong.mjs', code), '-p', '0'])
    expect(await started.ended).toBe(1)
    expect(started.stderr()).toMatch(message)
    expect(started.stderr()).toContain(`\n[${id}]\n`)
    expect(started.stderr()).not.toContain('    at ')
  })

  it.each([
    [
      'broken.ts',
      "export default () => ({ name: 'x' version: '1' })",
      /broken\.ts:1:34: ERROR: Expected "}"/,
    ],
    [
      'broken.mjs',
      'export default () => { return new Map( }',
      /broken\.mjs:1\n.*\n +\^\n\nSyntaxError: Unexpected/,
    ],
    ['imports.mjs', "import './broken.mjs'", /imports\.mjs, or what it imports: Unexpected token/],
  ])('%s, which cannot be parsed, with the place', async (name, code, message) => {
    write('broken.mjs', 'export default () => { return new Map( }')
    const started = run([write(name, code), '-p', '0'])
    expect(await started.ended).toBe(1)
    expect(started.stderr()).toMatch(message)
    expect(started.stderr()).toContain('\n[syntax-error]\n')
    expect(started.stderr()).not.toContain('    at ')
  })

  it('an export that is not there', async () => {
    const started = run([write('named.ts', factory('hello')), '-e', 'createServer'])
    expect(await started.ended).toBe(1)
    expect(started.stderr()).toMatch(
      /named\.ts has no export createServer; it exports default\n\[export-missing\]/,
    )
  })
})

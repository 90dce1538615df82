import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CommandError } from './command-error.ts'
import { readConfig } from './read-config.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portico-config-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function read(content: unknown, env: NodeJS.ProcessEnv = {}) {
  const file = join(folder, 'mcp.json')
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return readConfig(file, env)
}

function refusal(content: unknown, env?: NodeJS.ProcessEnv): CommandError {
  try {
    read(content, env)
  } catch (error) {
    if (error instanceof CommandError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('a file of servers', () => {
  it('has commands, URLs and modules, by the names that other hosts use', () => {
    const { servers, warnings } = read({
      mcpServers: {
        everything: { command: 'npx', args: ['-y', 'everything'], env: { LEVEL: 'debug' }, share: 'all' },
        'Far away': { type: 'http', url: 'https://example.com/mcp', headers: { 'x-team': 'blue' } },
        own: { module: './server.ts', export: 'createServer' },
        off: { command: 'off', disabled: true },
      },
    })
    expect(servers).toEqual([
      {
        name: 'everything',
        slug: 'everything',
        target: {
          kind: 'command',
          command: 'npx',
          args: ['-y', 'everything'],
          env: { LEVEL: 'debug' },
          cwd: folder,
          share: 'all',
        },
      },
      {
        name: 'Far away',
        slug: 'far-away',
        target: { kind: 'url', url: 'https://example.com/mcp', headers: { 'x-team': 'blue' } },
      },
      {
        name: 'own',
        slug: 'own',
        target: { kind: 'module', file: join(folder, 'server.ts'), exportName: 'createServer' },
      },
    ])
    expect(warnings).toEqual([])
  })

  it('takes "servers" too, options of createHTTPServer beside it, and ignores what other programs keep there', () => {
    const { servers, options, warnings } = read({
      servers: { own: { command: 'own', autoApprove: [] } },
      portico: { port: 0, cors: true },
      globalShortcut: 'F1',
    })
    expect(servers).toHaveLength(1)
    expect(options).toEqual({ port: 0, cors: true })
    expect(warnings).toEqual([expect.stringMatching(/mcp\.json: "own": autoApprove has no effect here$/)])
  })

  it('expands variables in commands, arguments, environments, URLs and headers', () => {
    const env = { BIN: 'node', KEY: 'k-1', HOST: 'example.com' }
    const { servers } = read(
      {
        mcpServers: {
          // biome-ignore lint/suspicious/noTemplateCurlyInString: what the file contains
          a: { command: '${BIN}', args: ['--key=${env:KEY}', '${MODE:-fast}'], env: { API_KEY: '${KEY}' } },
          // biome-ignore lint/suspicious/noTemplateCurlyInString: what the file contains
          b: { url: 'https://${HOST}/mcp', headers: { authorization: 'Bearer ${KEY}' } },
        },
      },
      env,
    )
    expect(servers.map(({ target }) => target)).toMatchObject([
      { command: 'node', args: ['--key=k-1', 'fast'], env: { API_KEY: 'k-1' } },
      { url: 'https://example.com/mcp', headers: { authorization: 'Bearer k-1' } },
    ])
  })

  it.each([
    [
      'no JSON',
      '{ "mcpServers": {\n "a": { "env": { "KEY": "s3cret" } },, } }',
      'config-invalid',
      /it is not JSON/,
    ],
    ['a list', '[]', 'config-invalid', /it must be an object/],
    ['no servers', {}, 'config-invalid', /it must have "mcpServers"/],
    ['an empty list of servers', { mcpServers: {} }, 'config-invalid', /it names no server/],
    ['a server that is none', { mcpServers: { a: 'npx' } }, 'config-invalid', /"a" must be an object/],
    [
      'neither command nor URL',
      { mcpServers: { a: {} } },
      'config-invalid',
      /one of command, url and module/,
    ],
    [
      'both command and URL',
      { mcpServers: { a: { command: 'x', url: 'https://example.com' } } },
      'config-invalid',
      /"a": it must have one of command, url and module/,
    ],
    [
      'arguments that are no list',
      { mcpServers: { a: { command: 'x', args: '-y s3cret' } } },
      'config-invalid',
      /"a": args must be a list of strings/,
    ],
    [
      'variables that are no strings',
      { mcpServers: { a: { command: 'x', env: { KEY: { s3cret: 1 } } } } },
      'config-invalid',
      /"a": env must be an object of strings/,
    ],
    ['a URL that is none', { mcpServers: { a: { url: 's3cret' } } }, 'config-invalid', /url must be an http/],
    [
      'the transport of 2024',
      { mcpServers: { a: { type: 'sse', url: 'https://example.com/sse' } } },
      'config-invalid',
      /HTTP\+SSE transport of 2024-11-05 is not served/,
    ],
    [
      'a variable that is not set',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: what the file contains
      { mcpServers: { a: { command: 'x', env: { KEY: '${MISSING}' } } } },
      'variable-missing',
      /"a": env\.KEY: the variable MISSING is not set/,
    ],
    [
      'a variable that an editor asks for',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: what the file contains
      { mcpServers: { a: { command: 'x', args: ['${input:s3cret}'] } } },
      'variable-missing',
      /"a": args: a reference other than/,
    ],
    [
      'names with the same path',
      { mcpServers: { 'My Server': { command: 'x' }, 'my-server': { command: 'y' } } },
      'config-invalid',
      /"My Server" and "my-server" would have the same path/,
    ],
  ])('is refused with %s, and no secret is shown', (_, content, code, message) => {
    const error = refusal(content)
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('s3cret')
  })
})

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { toNodeHandler } from '@portico-mcp/node'
import { afterEach, describe, expect, it } from 'vitest'

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const children: ChildProcess[] = []
const servers: Server[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGTERM')
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

/** Starts the command; resolves to the URL that it prints. */
async function start(...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  for await (const chunk of child.stdout) {
    const [, url] = /Open (\S+) in a browser/.exec(String(chunk)) ?? []
    if (url) return url
  }
  throw new Error('The command printed no URL')
}

async function serveRemote(seen: (string | undefined)[]): Promise<string> {
  const handler = toNodeHandler(createMcpHandler(() => new McpServer({ name: 'remote', version: '1.0.0' })))
  const server = createServer((request, response) => {
    seen.push(request.headers['x-api-key'] as string | undefined, request.headers.origin)
    handler(request, response)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
}

const discover = async (page: string): Promise<any> => {
  const response = await fetch(new URL('/mcp', page), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'server/discover',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'server/discover',
      params: {
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    }),
  })
  return response.json()
}

describe('portico-inspect', () => {
  it('opens a URL, with headers, and without those of the page', async () => {
    const seen: (string | undefined)[] = []
    const page = await start('--header', 'X-Api-Key: k1', await serveRemote(seen))
    expect((await fetch(page, { redirect: 'manual' })).headers.has('set-cookie')).toBe(true)
    expect(await discover(page)).toMatchObject({ result: { resultType: 'complete' } })
    expect(seen).toContain('k1')
    expect(seen.filter((value) => value?.startsWith('http'))).toEqual([])
  })

  it('opens a command that speaks stdio', async () => {
    const server = import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js')
    const page = await start('--', process.execPath, fileURLToPath(server), 'stdio')
    const { result } = await discover(page)
    expect(result.capabilities).toHaveProperty('tools')
  })

  it('says when the URL cannot be reached', async () => {
    const page = await start('http://127.0.0.1:9/mcp')
    expect((await discover(page)).error.message).toContain('http://127.0.0.1:9 cannot be reached')
  })

  it.each([
    [['no-url'], 'must begin with http'],
    [[], 'Give one URL'],
    [['--port', 'x', 'http://a.test'], '--port must be'],
    [['--header', 'none', 'http://a.test'], '--header must be'],
    [['http://a.test', '--', 'node'], 'not both'],
    [['--nonsense'], 'nonsense'],
  ])('ends with 2 for %j', async (args, words) => {
    const failure = await promisify(execFile)(process.execPath, [MAIN, ...args]).catch((error) => error)
    expect(failure.code).toBe(2)
    expect(failure.stderr).toContain(words)
  })

  it('prints help', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [MAIN, '--help'])
    expect(stdout).toContain('portico-inspect [options] -- <command>')
  })
})

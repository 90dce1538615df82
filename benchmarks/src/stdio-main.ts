// What a stdio server costs behind Portico, mcp-proxy and supergateway: npm run bench -- --stdio [seconds]
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { Agent, createServer, request as send } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createMcpHandler } from '@portico-mcp/core'
import { toNodeHandler } from '@portico-mcp/node'
import { sessions } from '@portico-mcp/sessions'
import { createStdioPool } from '@portico-mcp/stdio'
import { buildEcho } from './stdio-echo.ts'

const SECONDS = Number(process.argv[2] ?? 3)
const CLIENTS = 10
const PAGE_KILOBYTES = 4
const SERVER = fileURLToPath(new URL('stdio-server.js', import.meta.url))
const agent = new Agent({ keepAlive: true })

interface Endpoint {
  port: number
  /** The process that listens; undefined for this one. */
  pid: number | undefined
  end(): Promise<void>
}

async function listen(
  handler: Parameters<typeof toNodeHandler>[0],
  end: () => Promise<void>,
): Promise<Endpoint> {
  const server = createServer(toNodeHandler(handler))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    pid: undefined,
    async end() {
      server.close()
      server.closeAllConnections()
      await end()
    },
  }
}

async function listenInProcess(): Promise<Endpoint> {
  const handler = createMcpHandler(buildEcho)
  return listen(handler, () => handler.close())
}

async function listenPortico(withSessions: boolean): Promise<Endpoint> {
  const pool = createStdioPool({ command: process.execPath, args: [SERVER] })
  const handler = createMcpHandler(() => pool.createServer(), withSessions ? { legacy: sessions() } : {})
  return listen(handler, async () => {
    await handler.close()
    await pool.close()
  })
}

async function start(name: string, bin: string, args: (port: number) => string[]): Promise<Endpoint> {
  const root = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))
  const port = 21_000 + Math.floor(Math.random() * 20_000)
  const child: ChildProcess = spawn(process.execPath, [join(root, bin), ...args(port)], {
    stdio: 'ignore',
    detached: true,
  })
  for (let tries = 0; tries < 100; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    const isUp = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    )
    if (isUp) break
  }
  return { port, pid: child.pid, end: async () => void process.kill(-(child.pid as number), 'SIGKILL') }
}

interface Reply {
  status: number
  session: string | undefined
  text: string
}

function post(port: number, headers: Record<string, string>, message: object): Promise<Reply> {
  const body = JSON.stringify({ jsonrpc: '2.0', ...message })
  return new Promise((resolve, reject) => {
    const outgoing = send(
      {
        agent,
        host: '127.0.0.1',
        port,
        path: '/mcp',
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...headers,
        },
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
        })
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            session: response.headers['mcp-session-id'] as string,
            text,
          }),
        )
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** Opens what a 2025-era client opens, and returns the headers of its further requests. */
async function open(port: number): Promise<Record<string, string>> {
  const version = '2025-06-18'
  const params = { protocolVersion: version, capabilities: {}, clientInfo: { name: 'bench', version: '1' } }
  const { session } = await post(port, {}, { id: 0, method: 'initialize', params })
  const headers = { 'mcp-protocol-version': version, ...(session && { 'mcp-session-id': session }) }
  await post(port, headers, { method: 'notifications/initialized' })
  return headers
}

/** Microseconds that a request takes, one after the other; the median. */
async function measure(
  port: number,
  headers: Record<string, string>,
  method: string,
  params: object,
): Promise<number> {
  const times: number[] = []
  const end = performance.now() + SECONDS * 1000
  for (let id = 1; performance.now() < end; id++) {
    const began = performance.now()
    const { status, text } = await post(port, headers, { id, method, params })
    if (status !== 200 || !text.includes('"result"'))
      throw new Error(`${method}: ${status} ${text.slice(0, 200)}`)
    times.push((performance.now() - began) * 1000)
  }
  times.sort((one, other) => one - other)
  return times[Math.floor(times.length / 2)] as number
}

/** The resident memory in kilobytes of a process and of all that it has started. */
function memoryOf(root: number): number {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((id) => {
      try {
        const stat = readFileSync(`/proc/${id}/stat`, 'utf8')
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        return [{ id: Number(id), parent: Number(fields[1]), kilobytes: Number(fields[21]) * PAGE_KILOBYTES }]
      } catch {
        return []
      }
    })
  const sum = (id: number): number =>
    stats
      .filter(({ parent }) => parent === id)
      .reduce((total, child) => total + sum(child.id), stats.find((one) => one.id === id)?.kilobytes ?? 0)
  return sum(root)
}

const ROWS: [title: string, begin: () => Promise<Endpoint>][] = [
  ['in process, without a session', listenInProcess],
  ['Portico, a shared process', () => listenPortico(false)],
  ['Portico, sessions', () => listenPortico(true)],
  [
    'mcp-proxy 6.7.19',
    () =>
      start('mcp-proxy', 'dist/bin/mcp-proxy.mjs', (port) => [
        '--port',
        String(port),
        '--server',
        'stream',
        '--',
        process.execPath,
        SERVER,
      ]),
  ],
  [
    'supergateway 4.0.0',
    () =>
      start('supergateway', 'dist/index.js', (port) => [
        ...['--stdio', `${process.execPath} ${SERVER}`, '--outputTransport', 'streamableHttp', '--stateful'],
        ...['--port', String(port), '--streamableHttpPath', '/mcp', '--logLevel', 'none'],
      ]),
  ],
]

console.log(
  `${'(µs a request, kB a client)'.padEnd(34)}${'tools/list'.padStart(12)}${'tools/call'.padStart(12)}${'memory'.padStart(12)}`,
)
for (const [title, begin] of ROWS) {
  const endpoint = await begin()
  try {
    const headers = await open(endpoint.port)
    const call = { name: 'echo-1', arguments: { text: 'hello' } }
    await measure(endpoint.port, headers, 'tools/call', call)
    const lists = await measure(endpoint.port, headers, 'tools/list', {})
    const calls = await measure(endpoint.port, headers, 'tools/call', call)
    const pid = endpoint.pid ?? process.pid
    const before = memoryOf(pid)
    for (let client = 0; client < CLIENTS; client++) {
      await post(endpoint.port, await open(endpoint.port), { id: 1, method: 'tools/call', params: call })
    }
    const memory = (memoryOf(pid) - before) / CLIENTS
    console.log(
      title.padEnd(34) + [lists, calls, memory].map((value) => value.toFixed(0).padStart(12)).join(''),
    )
  } catch (error) {
    console.log(`${title.padEnd(34)}  ${error instanceof Error ? error.message : error}`)
  } finally {
    await endpoint.end()
  }
}
process.exit(0)

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { connectModern, officialClients } from '@portico-example/testing/examples'
import { afterEach, describe, expect, it } from 'vitest'
import { type Started, start } from './testing/process.ts'
import { call, definition, initialize, post, rpc, serve } from './testing/serve.ts'

const cwd = fileURLToPath(new URL('..', import.meta.url))
const running: Started[] = []

afterEach(() => {
  for (const one of running.splice(0)) one.kill('SIGKILL')
})

async function startServer(env: Record<string, string> = {}): Promise<Started & { url: string }> {
  const started = start(['--import', 'tsx', 'src/testing/killable.ts'], { env, cwd })
  running.push(started)
  const [, url] = await started.prints(/listening at (\S+)/)
  return { ...started, url: url! }
}

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  it('ends an open stream at once, a slow call when it is done, and the process with code 0', async () => {
    const { url, kill, prints, ended } = await startServer()
    const listener = await connectModern(url)
    const { closed } = await listener.listen({ toolsListChanged: true })
    const slow = call(url, 'slow')
    await prints(/started/)
    kill(signal)
    expect(await closed).toBe('graceful')
    expect(await Promise.race([slow.then(() => 'answered'), Promise.resolve('waits')])).toBe('waits')
    await expect(post(url)).rejects.toThrow()
    const answer = await slow
    expect(await answer.json()).toMatchObject({ result: { content: [{ text: 'done' }] } })
    expect(await ended).toBe(0)
    await listener.close()
  })
})

describe('a process that is told to stop', () => {
  it.each([
    ['2025-era', {}],
    ['2025-era, with sessions', { STATELESS: 'false' }],
  ])('gives up calls that take too long (%s), and still ends with code 0', async (_, env) => {
    const { url, kill, prints, ended } = await startServer({ DRAIN_TIMEOUT: '300', ...env })
    const client = await officialClients['1.x']!(url)
    const calls = ['slow', 'stuck'].map((name) =>
      client.callTool({ name, arguments: {} }).catch((error) => error),
    )
    await prints(/started\nstarted/)
    kill('SIGTERM')
    for (const refusal of await Promise.all(calls)) expect(String(refusal)).toMatch(/closed/)
    expect(await ended).toBe(0)
    await client.close()
  })

  it('keeps sessions that are kept in a store, and ends their streams', async () => {
    const SESSIONS = mkdtempSync(join(tmpdir(), 'portico-server-'))
    const env = { STATELESS: 'false', SESSIONS }
    const first = await startServer(env)
    const opened = await post(first.url, initialize)
    const headers = { 'mcp-session-id': opened.headers.get('mcp-session-id')! }
    const stream = await fetch(first.url, { headers: { ...headers, accept: 'text/event-stream' } })
    const slow = call(first.url, 'slow', headers)
    await first.prints(/started/)
    first.kill('SIGTERM')
    await stream.text()
    expect(await (await slow).text()).toContain('done')
    expect(await first.ended).toBe(0)
    expect(readdirSync(SESSIONS)).toHaveLength(1)
    const second = await startServer(env)
    expect((await post(second.url, rpc('ping'), headers)).status).toBe(200)
    rmSync(SESSIONS, { recursive: true })
  })

  it('ends at once when it is told again', async () => {
    const { url, kill, prints, ended } = await startServer()
    const answer = call(url, 'stuck').catch((error) => error)
    await prints(/started/)
    kill('SIGTERM')
    await new Promise((resolve) => setTimeout(resolve, 300))
    kill('SIGTERM')
    expect(await ended).toBe(143)
    expect(await answer).toBeInstanceOf(Error)
  })

  it('takes signals that come at the same time for one', async () => {
    const { url, kill, prints, ended } = await startServer()
    const answer = call(url, 'slow')
    await prints(/started/)
    kill('SIGINT')
    // of one kind, the system would make one of them
    kill('SIGTERM')
    expect((await answer).status).toBe(200)
    expect(await ended).toBe(0)
  })

  it('is not held by clients that send nothing, or half a request', async () => {
    const { url, kill, ended } = await startServer({ DRAIN_TIMEOUT: '500' })
    const { port } = new URL(url)
    const silent = connect(Number(port), '127.0.0.1')
    const half = connect(Number(port), '127.0.0.1')
    half.write('POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{')
    for (const socket of [silent, half]) socket.on('error', () => {})
    await post(url)
    kill('SIGTERM')
    expect(await ended).toBe(0)
  })

  it('leaves signals to the program where it is told to', async () => {
    const { kill, ended } = await startServer({ SIGNALS: 'false' })
    kill('SIGTERM')
    expect(await ended).toBeNull()
  })
})

describe('a connection that waits while the server stops', () => {
  it('is told so: not ready, and closed', async () => {
    let finish = () => {}
    let started = () => {}
    const isStarted = new Promise<void>((resolve) => {
      started = resolve
    })
    const { url, close } = await serve({
      ...definition(),
      setup(server) {
        server.registerTool('wait', {}, async () => {
          started()
          await new Promise<void>((resolve) => {
            finish = resolve
          })
          return { content: [] }
        })
      },
    })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ask = (path: string, method = 'GET') =>
      new Promise<{ status: number; connection: string | undefined; body: any }>((resolve, reject) => {
        const headers = { 'content-type': 'application/json' }
        request(new URL(path, url), { agent, method, headers }, async (response) => {
          const { statusCode = 0, headers } = response
          resolve({
            status: statusCode,
            connection: headers.connection,
            body: JSON.parse(await text(response)),
          })
        })
          .on('error', reject)
          .end(method === 'POST' ? JSON.stringify(rpc('ping')) : undefined)
      })
    expect(await ask('/ready')).toMatchObject({ status: 200, connection: 'keep-alive' })
    const waiting = call(url, 'wait')
    await isStarted
    const closing = close()
    expect(await ask('/ready')).toEqual({ status: 503, connection: 'close', body: { status: 'draining' } })
    finish()
    expect((await waiting).status).toBe(200)
    await closing
    await expect(ask('/ready')).rejects.toThrow()
  })

  it('gets 503 for what is new', async () => {
    const { url, close } = await serve(definition())
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ask = () =>
      new Promise<number>((resolve, reject) => {
        const headers = { 'content-type': 'application/json' }
        request(url, { agent, method: 'POST', headers }, (response) => {
          response.resume().once('end', () => resolve(response.statusCode!))
        })
          .on('error', reject)
          .end(JSON.stringify(rpc('ping')))
      })
    expect(await ask()).toBe(200)
    const second = ask()
    const closing = close()
    expect(await second).toBe(503)
    await closing
  })
})

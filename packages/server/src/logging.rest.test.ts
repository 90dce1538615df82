import { describe, expect, it, vi } from 'vitest'
import { redact } from './redact.ts'
import { call, definition, keepLines, post, rpc, serve } from './testing/serve.ts'

const SETUP = `setup(server, { logger }) {
  server.registerTool('echo', {}, async () => {
    logger.warn({ password: 'hunter2', headers: { authorization: 'Bearer abc.def' } }, 'token is Bearer abcdef123')
    return { content: [] }
  })
  server.server.onerror = undefined
  server.registerResource('r', 'res://r', {}, async () => { throw new Error('no such row, password=1') })
}`

/** What a server of its own logger writes to stdout. */
async function written(
  options: object,
  run: (url: string) => Promise<unknown>,
  setup: string = SETUP,
): Promise<any[]> {
  const { fileURLToPath } = await import('node:url')
  const { spawn } = await import('node:child_process')
  const script = `
    import { createHTTPServer } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)}
    const { url, close } = await createHTTPServer({
      name: 'logged', version: '1', port: 0, ...${JSON.stringify(options)},
      ${setup},
    })
    process.send(url)
    process.on('message', async () => { await close(); process.exit() })
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  let text = ''
  child.stdout!.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  const url = await new Promise<string>((resolve) => child.once('message', (url) => resolve(String(url))))
  await run(url)
  child.send('stop')
  await new Promise((resolve) => child.once('close', resolve))
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

describe('the log', () => {
  it('has a line for each request, under the id that the client got, without the query', async () => {
    let id: string | null = null
    const lines = await written({ logging: true }, async (url) => {
      id = (await post(`${url}?access_token=abc`)).headers.get('x-request-id')
    })
    expect(lines[0]).toMatchObject({ level: 30, name: 'logged', mode: 'stateless', msg: /^Listening at / })
    expect(lines.filter(({ msg }) => msg === 'request')).toEqual([
      expect.objectContaining({
        requestId: id,
        method: 'POST',
        path: '/mcp',
        status: 200,
        durationMs: expect.any(Number),
        address: '127.0.0.1',
      }),
    ])
    expect(JSON.stringify(lines)).not.toContain('access_token')
  })

  it('has what a tool writes, which names its request and holds no secret', async () => {
    let id: string | null = null
    const lines = await written({}, async (url) => {
      id = (await call(url, 'echo')).headers.get('x-request-id')
    })
    expect(lines).toEqual([
      expect.objectContaining({
        level: 40,
        requestId: id,
        password: '[redacted]',
        headers: { authorization: '[redacted]' },
        msg: 'token is Bearer [redacted]',
      }),
    ])
  })

  it.each([
    [
      'takes no context',
      'setup(server) { if (globalThis.isUp) throw new Error("no database"); globalThis.isUp = true }',
    ],
    [
      'is a function of one parameter',
      'setup: (server) => { if (globalThis.isUp) throw new Error("no database"); globalThis.isUp = true }',
    ],
  ])('names the request that a setup fails in which %s', async (_, setup) => {
    let id: string | null = null
    const lines = await written(
      {},
      async (url) => {
        id = (await post(url)).headers.get('x-request-id')
      },
      setup,
    )
    expect(lines).toEqual([expect.objectContaining({ level: 50, requestId: id, msg: 'no database' })])
  })

  it('names the request where a setup takes all its arguments', async () => {
    let id: string | null = null
    const lines = await written(
      {},
      async (url) => {
        id = (await call(url, 'echo')).headers.get('x-request-id')
      },
      `setup(...all) {
        const [server, { logger }] = all
        server.registerTool('echo', {}, async () => {
          await new Promise((resolve) => setTimeout(resolve, 1))
          logger.warn({}, 'all arguments')
          return { content: [] }
        })
      }`,
    )
    expect(lines).toEqual([expect.objectContaining({ requestId: id, msg: 'all arguments' })])
  })

  it('has no line for what is refused, unless it is asked for', async () => {
    const refused = (url: string) => post(url, rpc('no/such/method'), { 'mcp-protocol-version': '1999' })
    expect(await written({}, refused)).toEqual([])
    const lines = await written({ logging: true }, refused)
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 30, reason: 'invalid-request', status: 400 }),
    )
  })
})

describe('a logger of yours', () => {
  it('gets the lines, errors with what is masked from clients', async () => {
    const { lines, logger } = keepLines()
    const onerror = vi.fn()
    let isUp = false
    const factory = () => {
      if (isUp) throw new Error('the database is gone')
      isUp = true
      return { connect: async () => {}, close: async () => {} }
    }
    const { url } = await serve(factory, { logger, onerror })
    const response = await post(url)
    expect([response.status, await response.text()]).toEqual([500, expect.stringContaining('Internal error')])
    expect(lines).toContainEqual({
      level: 'error',
      message: 'the database is gone',
      details: expect.objectContaining({
        requestId: response.headers.get('x-request-id'),
        err: expect.objectContaining({ message: 'the database is gone' }),
      }),
    })
    expect(onerror).toHaveBeenCalledTimes(1)
  })

  it('gets no request lines where logging is false', async () => {
    const { lines, logger } = keepLines()
    const { url } = await serve(definition(), { logger, logging: false })
    await post(url)
    expect(lines.filter(({ message }) => message === 'request')).toEqual([])
  })
})

it.each([
  ['{"authorization":"Bearer abc"}', '{"authorization":"[redacted]"}'],
  ['{"set-cookie":["a=1","b=2"],"x":1}', '{"set-cookie":"[redacted]","x":1}'],
  ['{"a":{"b":{"client_secret":"s \\" t"}}}', '{"a":{"b":{"client_secret":"[redacted]"}}}'],
  ['{"accessToken":"x","refresh_token":"y"}', '{"accessToken":"[redacted]","refresh_token":"[redacted]"}'],
  ['{"msg":"GET /x?code=abc&state=1"}', '{"msg":"GET /x?code=[redacted]&state=1"}'],
  ['{"msg":"it was eyJhbGciOi.eyJzdWIi.c2ln"}', '{"msg":"it was [redacted]"}'],
  ['{"msg":"Authorization: Basic dXNlcjpwYXNz"}', '{"msg":"Authorization: Basic [redacted]"}'],
  ['{"progressToken":"p","msg":"a bearer of news"}', '{"progressToken":"p","msg":"a bearer of news"}'],
])('leaves secrets out: %s', (line, expected) => {
  expect(redact(line)).toBe(expected)
})

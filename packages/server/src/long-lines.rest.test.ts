import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { boundDetails } from './bound-details.ts'
import { redact } from './redact.ts'

const MIB = 1024 * 1024
const repeat = (piece: string): string => piece.repeat(MIB / piece.length)

/** Texts that made the search for secrets start over at each of their pieces. */
const HOSTILE = [
  '-eyJ',
  'eyJ-',
  'eyJaaaaa.',
  'eyJaaaaaeyJaaaaa-',
  'a.eyJ',
  '"secret":[',
  '"secret":"',
  '\\"secret\\":\\"',
  '"secret":"\\',
  'Bearer ',
  'Basic +',
  '?token=',
  '&code=&',
  '"',
  '\\',
  '\u0000',
]

describe('a search for secrets', () => {
  it.each(HOSTILE)('ends for a line of %j, and repeated', (piece) => {
    const line = repeat(piece)
    expect(redact(line).length).toBeLessThan(2 * line.length)
  })
})

describe('what a line says', () => {
  it.each(HOSTILE)('is bounded where a client sends %j', (piece) => {
    const long = repeat(piece)
    const failure = Object.assign(new Error(long, { cause: new Error(long, { cause: long }) }), {
      body: long,
    })
    const details = boundDetails({ err: failure, [long]: long, list: [long, { long }, [long]] })
    expect(JSON.stringify(details).length).toBeLessThan(8 * 16_384)
    expect(JSON.stringify(details).length).toBeGreaterThan(100)
  })

  it('has the beginning of a long text, and how much was cut', () => {
    expect(boundDetails({ text: 'a'.repeat(5000) })).toEqual({
      text: `${'a'.repeat(4096)}… (904 more characters)`,
    })
  })

  it('has the message of an error once, with its stack and its causes', () => {
    const { err } = boundDetails({ err: new TypeError('broke', { cause: new Error('the disk') }) }) as any
    expect(err).toMatchObject({
      type: 'TypeError',
      message: 'broke',
      stack: expect.stringMatching(/^TypeError: broke\n {4}at /),
      cause: { type: 'Error', message: 'the disk' },
    })
    expect(boundDetails({ err: new AggregateError([new Error('one')], 'all') })).toMatchObject({
      err: { errors: [{ message: 'one' }] },
    })
  })

  it('is bounded where it is wide and deep', () => {
    let tree: unknown = 1
    for (let depth = 0; depth < 7; depth++) tree = Array.from({ length: 100 }, () => tree)
    expect(JSON.stringify(boundDetails({ tree })).length).toBeLessThan(8 * 16_384)
  })

  it('hides members that are named like a secret, whatever they hold', () => {
    expect(
      boundDetails({ password: 42, a: [{ 'Set-Cookie': { a: ['b'] } }], client_secret: ['x', ['y']] }),
    ).toEqual({
      password: '[redacted]',
      a: [{ 'Set-Cookie': '[redacted]' }],
      client_secret: '[redacted]',
    })
  })

  it('is written whatever the details are', () => {
    const loop: Record<string, unknown> = { big: 1n, at: new Date(0), url: new URL('http://x.example/') }
    loop.self = loop
    const thrower = {
      get broken() {
        throw new Error('no')
      },
    }
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const bounded = boundDetails({ loop, thrower, proxy, none: undefined, no: null })
    expect(JSON.parse(JSON.stringify(bounded))).toMatchObject({
      loop: { big: '1', at: '1970-01-01T00:00:00.000Z', url: 'http://x.example/' },
      thrower: '[unreadable]',
      proxy: '[unreadable]',
      no: null,
    })
  })
})

it('a request whose text comes back in an error costs one line of a bounded length', async () => {
  const script = `
    import { createHTTPServer } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)}
    import { z } from 'zod'
    const { url, close } = await createHTTPServer({
      name: 'notes', version: '1', port: 0,
      setup(server) {
        server.registerPrompt('n', { argsSchema: { id: z.string() } }, async ({ id }) => {
          throw new Error('no note ' + id, { cause: new Error('looked for ' + id) })
        })
      },
    })
    for (const piece of ['-eyJ', 'eyJaaaaa.', '.eyJ']) {
      const params = { name: 'n', arguments: { id: piece.repeat(256 * 1024 / piece.length) } }
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'prompts/get', params }),
      })
      await response.text()
    }
    await close()
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [written] = await Promise.all([text(child.stdout), once(child, 'close')])
  const lines = written.split('\n').filter(Boolean)
  expect(lines).toHaveLength(3)
  for (const line of lines) {
    expect(line.length).toBeLessThan(40_000)
    expect(JSON.parse(line)).toHaveProperty('msg')
  }
})

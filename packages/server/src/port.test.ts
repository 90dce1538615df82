import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { definition, keepLines, serve } from './testing/serve.ts'

const taken: Server[] = []
afterEach(() => {
  for (const server of taken.splice(0)) server.close()
})

async function take(port = 0): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1')
  taken.push(server)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** So many ports in a row that nobody has. */
async function takeInARow(count: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const first = 20_000 + Math.floor(Math.random() * 10_000)
    try {
      for (let port = first; port < first + count; port++) await take(port)
      return first
    } catch {
      for (const server of taken.splice(0)) server.close()
    }
  }
  throw new Error('no ports in a row')
}

it('takes any port that is free for 0', async () => {
  const { port, listener } = await serve(definition(), { port: 0 })
  expect(port).toBeGreaterThan(0)
  expect((listener.address() as AddressInfo).port).toBe(port)
})

it('takes the next port where one is taken, and warns of both', async () => {
  const first = await takeInARow(2)
  const { lines, logger } = keepLines()
  const { port, url } = await serve({ ...definition(), port: first } as any, { port: undefined, logger })
  expect(port).toBe(first + 2)
  expect(url).toContain(`:${port}/`)
  expect(lines.filter(({ level }) => level === 'warn').map(({ details }) => details)).toEqual([
    { port: first, next: first + 1 },
    { port: first + 1, next: first + 2 },
  ])
})

it('gives up after 20 ports, with the error of the last', async () => {
  const first = await takeInARow(20)
  await expect(serve(definition(), { port: first })).rejects.toMatchObject({
    code: 'EADDRINUSE',
    port: first + 19,
  })
})

it('goes no further than the last port there is', async () => {
  const { lines, logger } = keepLines()
  await take(65_535).catch(() => {})
  await expect(serve(definition(), { port: 65_535, logger })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  expect(lines).toEqual([])
})

it('tries no other port for an address that is not its own', async () => {
  const { lines, logger } = keepLines()
  const elsewhere = { host: '192.0.2.1', port: 3001, dashboard: false, logger }
  await expect(serve(definition(), elsewhere)).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' })
  expect(lines).toEqual([])
})

it('leaves the environment as it is', async () => {
  const before = process.env.PORT
  await serve()
  expect(process.env.PORT).toBe(before)
})

it.each([
  ['a short secret', { enableOAuthServer: true, oauthServerOptions: { sessionSecret: 'short' } }],
  ['no verifier', {}],
  ['an issuer that is not secure', { authorizationServers: ['http://auth.example.com'] }],
])('looks for no port for auth with %s', async (_, auth) => {
  const first = await takeInARow(1)
  const { lines, logger } = keepLines()
  await expect(serve(definition(), { port: first, auth: auth as never, logger })).rejects.toThrow(/auth/)
  expect(lines).toEqual([])
})

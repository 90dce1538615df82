import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import {
  callTool,
  type Example,
  type OfficialClient,
  officialClients,
  startExample,
  textOf,
} from '@portico-example/testing/examples'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const SESSION_SECRET = 'a secret of at least 32 characters'

let instances: Example[]

beforeAll(async () => {
  rmSync(fileURLToPath(new URL('../dist', import.meta.url)), { recursive: true, force: true })
  // the first one builds the app, as `npm run example next` does
  instances = [await startExample('next', { SESSION_SECRET })]
  // both have the URL that a load balancer in front of them would have
  instances.push(await startExample('next', { SESSION_SECRET, PUBLIC_URL: instances[0]!.url }))
})
afterAll(() => Promise.all(instances.map((instance) => instance.stop())))

describe.each(Object.entries(officialClients))('the official client %s', (name, connect) => {
  let client: OfficialClient
  beforeAll(async () => {
    client = await connect(instances[0]!.url)
  })
  afterAll(() => client?.close())

  it('lists and calls tools of the route', async () => {
    expect((await client.listTools()).tools.map((tool) => tool.name)).toEqual(['greet', 'order'])
    const where = name === '2.x, 2026-07-28' ? 'without a session' : 'in a session'
    expect(textOf(await callTool(client, 'greet'))).toBe(`Hello stranger, with client, ${where}`)
  })
})

it('goes on with a session at another instance, and asks its client in a call', async () => {
  const client = new Client({ name: 'Ann', version: '1.0.0' }, { capabilities: { elicitation: {} } })
  client.setRequestHandler(ElicitRequestSchema, async () => ({ action: 'accept', content: { bread: 'rye' } }))
  let current = instances[0]!
  const transport = new StreamableHTTPClientTransport(new URL(current.url), {
    fetch: (_, init) => fetch(current.url, init),
  })
  await client.connect(transport)
  expect(transport.sessionId).toBeTruthy()
  current = instances[1]!
  expect(textOf(await client.callTool({ name: 'greet' }))).toBe('Hello stranger, with Ann, in a session')
  expect(textOf(await client.callTool({ name: 'order' }))).toBe('One rye')
  await client.close()
})

it('answers requests of every method', async () => {
  const { url } = instances[0]!
  const origin = new URL(url).origin
  const preflight = { origin, 'access-control-request-method': 'POST' }
  expect((await fetch(url, { method: 'OPTIONS', headers: preflight })).status).toBe(405)
  expect((await fetch(url, { headers: { accept: 'text/event-stream' } })).status).toBe(400)
  // an encrypted session id cannot be revoked
  expect((await fetch(url, { method: 'DELETE' })).status).toBe(405)
  const put = await fetch(url, { method: 'PUT' })
  expect([put.status, put.headers.get('allow')]).toEqual([405, 'POST, GET'])
})

it('serves no page of another origin', async () => {
  const response = await fetch(instances[0]!.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: 'http://evil.example.com' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  })
  expect(response.status).toBe(403)
})

describe('with OIDC_ISSUER', () => {
  let issuer: string
  let listener: Server
  let gated: Example
  let getToken: (audience: string) => Promise<string>

  beforeAll(async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const key = { ...(await exportJWK(publicKey)), kid: 'a', alg: 'ES256' }
    listener = createServer((request, response) => {
      const document = {
        issuer,
        jwks_uri: `${issuer}/jwks`,
        id_token_signing_alg_values_supported: ['ES256'],
      }
      const body = request.url === '/jwks' ? { keys: [key] } : document
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
    }).listen(0, '127.0.0.1')
    await once(listener, 'listening')
    issuer = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`
    getToken = (audience) =>
      new SignJWT({ iss: issuer, sub: 'ann', aud: audience, client_id: 'app' })
        .setProtectedHeader({ alg: 'ES256', kid: 'a', typ: 'at+jwt' })
        .setExpirationTime('5m')
        .sign(privateKey)
    // the same build: both are read when it starts
    gated = await startExample('next', { SESSION_SECRET, OIDC_ISSUER: issuer })
  })
  afterAll(async () => {
    await gated?.stop()
    listener?.close()
  })

  it('says where clients sign in', async () => {
    const refused = await fetch(gated.url, { method: 'POST' })
    expect(refused.status).toBe(401)
    const [, address] =
      /resource_metadata="([^"]+)"/.exec(refused.headers.get('www-authenticate') ?? '') ?? []
    expect(await (await fetch(address!)).json()).toMatchObject({
      resource: gated.url,
      authorization_servers: [issuer],
    })
  })

  it('serves a client with a token for it, and no other', async () => {
    const connect = officialClients['2.x, 2026-07-28']!
    const client = await connect(gated.url, { authorization: `Bearer ${await getToken(gated.url)}` })
    expect(textOf(await callTool(client, 'greet'))).toBe('Hello ann, with client, without a session')
    await client.close()
    const authorization = `Bearer ${await getToken('https://other.example.com/mcp')}`
    expect((await fetch(gated.url, { method: 'POST', headers: { authorization } })).status).toBe(401)
  })
})

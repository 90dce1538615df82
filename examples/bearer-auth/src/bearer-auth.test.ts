import {
  callTool,
  type Example,
  officialClients,
  runCommand,
  startExample,
  textOf,
} from '@portico-example/testing/examples'
import { type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Issuer, startIssuer } from './issuer.ts'

const PUBLIC_URL = 'https://diary.example.com/mcp'
const EVIL = 'https://evil.example.com/mcp'

let issuer: Issuer
let stranger: Issuer
let example: Example

beforeAll(async () => {
  ;[issuer, stranger] = await Promise.all([startIssuer('ES256', 'RS256'), startIssuer('ES256')])
  const { issuer: ISSUER, jwksUri: JWKS_URI } = issuer
  example = await startExample('bearer-auth', { ISSUER, JWKS_URI, PUBLIC_URL })
})
afterAll(async () => {
  issuer?.close()
  stranger?.close()
  await example?.stop()
})

const good = (): JWTPayload => ({ sub: 'ann', aud: PUBLIC_URL, scope: 'diary:read' })
const bearer = (token: string): Sent => ({ headers: { authorization: `Bearer ${token}` } })
const goodToken = () => issuer.issue(good())

interface Sent {
  headers?: Record<string, string>
  query?: string
}

const whoami = ({ headers, query = '' }: Sent): Promise<Response> =>
  fetch(example.url + query, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'whoami' } }),
  })

/** The number of the server that answers; each has the next one. */
async function serverNumber(): Promise<number> {
  const response = await whoami(bearer(await goodToken()))
  const { result } = (await response.json()) as any
  const [, number] = /^You are ann, and this is server (\d+)$/.exec(textOf(result)) ?? []
  return Number(number)
}

const nothing = async (): Promise<Sent> => ({})
const text = (token: string) => async () => bearer(token)
const token = (claims: JWTPayload, alg?: string) => async () =>
  bearer(await issuer.issue({ ...good(), ...claims }, alg))
const inQuery = async (): Promise<Sent> => ({ query: `?access_token=${await goodToken()}` })

async function forged(): Promise<Sent> {
  return bearer(await stranger.issue({ ...good(), iss: issuer.issuer }))
}

async function unsigned(): Promise<Sent> {
  const [, payload] = (await goodToken()).split('.')
  return bearer(`${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${payload}.`)
}

// the public key, which anybody has, taken for a shared secret
async function confused(): Promise<Sent> {
  const { keys } = (await (await fetch(issuer.jwksUri)).json()) as { keys: object[] }
  const secret = new TextEncoder().encode(JSON.stringify(keys[0]))
  const claims = { ...good(), iss: issuer.issuer, exp: Math.floor(Date.now() / 1000) + 60 }
  const header = { alg: 'HS256', kid: 'ES256', typ: 'at+jwt' }
  return bearer(await new SignJWT(claims).setProtectedHeader(header).sign(secret))
}

const asked =
  'scope="diary:read", ' +
  'resource_metadata="https://diary.example.com/.well-known/oauth-protected-resource/mcp"'

type Answer = [status: number, error: string | undefined, description: string]

const missing: Answer = [401, undefined, 'Missing Authorization header']
const invalid = (description: string): Answer => [401, 'invalid_token', description]
const wrongAlgorithm = invalid('Token is signed with an algorithm that is not accepted')

const refused: Record<string, [sent: () => Promise<Sent>, ...Answer]> = {
  'no token': [nothing, ...missing],
  'a token in the query': [inQuery, ...missing],
  garbage: [text('garbage'), ...invalid('Token is malformed')],
  'two tokens': [text('one two'), ...invalid('Token is malformed')],
  'an expired token': [token({ exp: 1_000_000 }), ...invalid('Token has expired')],
  'no expiry': [token({ exp: undefined }), ...invalid('Token has no expiration time')],
  'a wrong issuer': [token({ iss: EVIL }), ...invalid('Token was issued by another authorization server')],
  'a wrong audience': [token({ aud: EVIL }), ...invalid('Token was not issued for this resource')],
  'no audience': [token({ aud: undefined }), ...invalid('Token was not issued for this resource')],
  'a wrong algorithm': [token({}, 'RS256'), ...wrongAlgorithm],
  'the algorithm none': [unsigned, ...wrongAlgorithm],
  'the public key as a secret': [confused, ...wrongAlgorithm],
  'the signature of another key': [forged, ...invalid('Token signature does not verify')],
  'a missing scope': [token({ scope: 'profile' }), 403, 'insufficient_scope', 'Insufficient scope'],
}

describe('the diary', () => {
  it.each(Object.entries(refused))('refuses %s', async (_, [sent, status, error, description]) => {
    const before = await serverNumber()
    const response = await whoami(await sent())
    const { headers } = response

    expect(response.status).toBe(status)
    expect(headers.get('www-authenticate')).toBe(
      error ? `Bearer error="${error}", error_description="${description}", ${asked}` : `Bearer ${asked}`,
    )
    expect(headers.get('content-type')).toBe('application/json')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(await response.text()).toBe(
      JSON.stringify({ error: error ?? 'invalid_token', error_description: description }),
    )
    expect(await serverNumber(), 'a server was built for it').toBe(before + 1)
  })

  it('says where tokens come from, to whoever asks', async () => {
    const document = await fetch(new URL('/.well-known/oauth-protected-resource/mcp', example.url))
    expect(await document.json()).toEqual({
      resource: PUBLIC_URL,
      authorization_servers: [issuer.issuer],
      scopes_supported: ['diary:read'],
      bearer_methods_supported: ['header'],
    })
  })

  it.each(Object.entries(officialClients))(
    'knows who calls with the official client %s',
    async (_, connect) => {
      const { headers } = bearer(await goodToken())
      const client = await connect(example.url, headers)
      expect((await client.listTools()).tools).toMatchObject([{ name: 'whoami' }])
      expect(textOf(await callTool(client, 'whoami'))).toMatch(/^You are ann, and this is server \d+$/)
      await client.close()
    },
  )

  it.each(Object.entries(officialClients))(
    'does not let the official client %s in without a token',
    async (_, connect) => {
      const refusal: any = await connect(example.url).catch((error) => error)
      expect(refusal.status ?? refusal.code).toBe(401)
    },
  )
})

describe('the diary without an authorization server', () => {
  let alone: Example
  beforeAll(async () => {
    alone = await startExample('bearer-auth')
  })
  afterAll(() => alone?.stop())

  it('prints a curl with a token of its own, which works', async () => {
    const [, command] = await alone.prints(/(curl[\s\S]*?}')\n/)
    expect(textOf((await runCommand(command!)).result)).toBe('You are ann, and this is server 1')
    expect(await runCommand(command!.replace(/ -H 'Authorization.*/, ' \\'))).toMatchObject({
      error: 'invalid_token',
    })
  })

  it('stops when it is told to, with code 0', async () => {
    expect(await alone.stop()).toBe(0)
  })
})

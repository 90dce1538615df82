import { DynamoDBSessionStore } from '@portico-mcp/dynamodb'
import { fromUpstash, type RedisBackend, RedisConnection, RedisSessionStore } from '@portico-mcp/redis'
import { InMemorySessionStore, type SessionStore } from '@portico-mcp/sessions'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type LocalDynamoDB, startDynamoDB } from '../../dynamodb/src/testing/dynamodb.ts'
import { RedisServer } from '../../redis/src/testing/redis-server.ts'
import { RestServer, TOKEN } from '../../redis/src/testing/rest-server.ts'
import type { OAuthServer, OAuthServerRefusal } from './index.ts'
import {
  buildAuthorizationUrl,
  createBrowser,
  createPkce,
  createServer,
  exchangeCode,
  getTokens,
  isAccepted,
  REDIRECT_URI,
  readError,
  refreshWith,
  registerClient,
  SECRET,
  signIn,
} from './testing/flow.ts'

let dynamodb: LocalDynamoDB
let redis: RedisServer
let rest: RestServer
const connections: RedisBackend[] = []

beforeAll(async () => {
  redis = await RedisServer.start()
  rest = await RestServer.start(redis.url)
  dynamodb = await startDynamoDB()
  await dynamodb.createTable('sessions', 'sessionId')
})
afterAll(async () => {
  for (const connection of connections) connection.close()
  await rest?.stop()
  await Promise.all([redis?.stop(), dynamodb?.close()])
})

const memory = new InMemorySessionStore()

const stores: Record<string, () => SessionStore> = {
  memory: () => memory,
  Redis: () => {
    const connection = new RedisConnection({ url: `redis://127.0.0.1:${redis.port}` })
    connections.push(connection)
    return new RedisSessionStore(connection)
  },
  Upstash: () => {
    const backend = fromUpstash({ url: rest.url, token: TOKEN, prefix: 'upstash' })
    connections.push(backend)
    return new RedisSessionStore(backend)
  },
  DynamoDB: () => new DynamoDBSessionStore({ client: dynamodb.client(), tableName: 'sessions' }),
}

describe.each(Object.entries(stores))('nodes that share a store: %s', (_, open) => {
  /** Nodes with nothing in common but the store and the secret. */
  const node = (): OAuthServer => createServer({ store: open() })
  const either = (): Pick<OAuthServer, 'fetch'> => {
    const nodes = [node(), node()]
    let turn = 0
    return { fetch: (request, options) => nodes[turn++ % 2]!.fetch(request, options) }
  }

  it('pain 16: a sign-in goes from node to node, request by request', async () => {
    const { clientId, tokens } = await getTokens(either())
    const next = (await (await refreshWith(node(), clientId, tokens.refresh_token)).json()) as any
    expect(await isAccepted(node(), next.access_token)).toBe(true)
  })

  it('pain 16: a restart between authorize and token, and between consent and its answer, loses nothing', async () => {
    const { client_id } = await registerClient(node())
    const { verifier, challenge } = createPkce()
    const browser = createBrowser(node())
    const page = await browser.open(buildAuthorizationUrl(client_id, challenge))
    const restarted = createBrowser(node())
    for (const [name, value] of browser.cookies) restarted.cookies.set(name, value)
    const location = new URL((await restarted.decide(page)).headers.get('location')!)
    const code = location.searchParams.get('code')!
    const response = await exchangeCode(node(), {
      clientId: client_id,
      code,
      verifier,
      callback: location.searchParams,
    })
    expect(response.status).toBe(200)
  })

  it('C5.2: a code that is exchanged on two nodes at once gives tokens once at most, which are revoked', async () => {
    const signedIn = await signIn(node())
    const answers = await Promise.all(
      [node(), node(), node(), node()].map((one) => exchangeCode(one, signedIn)),
    )
    const given = answers.filter(({ status }) => status === 200)
    expect(given.length).toBeLessThanOrEqual(1)
    for (const answer of given)
      expect(await isAccepted(node(), ((await answer.json()) as any).access_token)).toBe(false)
  })

  it('pain 15: ten refreshes at once on two nodes get the same successor', async () => {
    const nodes = [node(), node()]
    const { clientId, tokens } = await getTokens(nodes[0]!)
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        refreshWith(nodes[index % 2]!, clientId, tokens.refresh_token),
      ),
    )
    const successors = await Promise.all(
      answers.map(async (answer) => ((await answer.json()) as any).refresh_token),
    )
    expect(new Set(successors).size).toBe(1)
    expect((await refreshWith(node(), clientId, successors[0])).status).toBe(200)
    expect(await readError(await refreshWith(node(), clientId, tokens.refresh_token))).toBe('invalid_grant')
    expect(await readError(await refreshWith(node(), clientId, successors[0]))).toBe('invalid_grant')
  })
})

it('pain 16: ten refreshes at once, on nodes in the middle of a change of secrets, sign nobody out', async () => {
  const store = new InMemorySessionStore()
  const secrets = [SECRET, `newer ${SECRET}`]
  const nodes = [secrets, secrets.toReversed()].map((sessionSecret) => createServer({ store, sessionSecret }))
  const { clientId, tokens } = await getTokens(nodes[0]!)
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) => refreshWith(nodes[index % 2]!, clientId, tokens.refresh_token)),
  )
  const given = (await Promise.all(answers.map((answer) => answer.json()))) as any[]
  const successors = [...new Set(given.map(({ refresh_token }) => refresh_token))]
  expect(successors).toHaveLength(2)
  for (const [index, successor] of successors.entries()) {
    expect((await refreshWith(nodes[index % 2]!, clientId, successor)).status).toBe(200)
  }
  for (const { access_token } of given) expect(await isAccepted(nodes[1]!, access_token)).toBe(true)
})

describe('servers that share a store and a secret, and not their issuer', () => {
  it('are nothing to each other: neither clients, codes, refresh tokens nor access tokens', async () => {
    const store = new InMemorySessionStore()
    const one = createServer({ store })
    const { tokens, clientId, signedIn } = await getTokens(one)
    const fresh = await signIn(one, { clientId })
    const issuer = 'https://other.example.com'
    const other = createServer({ store, issuer })
    const asked = (server: typeof other) => ({
      fetch: ({ url, method, headers, body }: Request) =>
        server.fetch(
          new Request(url.replace('https://auth.example.com', issuer), {
            method,
            headers,
            ...(body && { body, duplex: 'half' }),
          } as RequestInit),
        ),
    })
    const clients = [{ clientId, clientName: 'Same', redirectUris: [REDIRECT_URI] }]
    expect((await exchangeCode(asked(other), fresh)).status).toBe(401)
    const knowing = createServer({ store, issuer, clients })
    expect(await readError(await exchangeCode(asked(knowing), fresh))).toBe('invalid_grant')
    expect(await readError(await refreshWith(asked(knowing), clientId, tokens.refresh_token))).toBe(
      'invalid_grant',
    )
    expect(await isAccepted(knowing, tokens.access_token)).toBe(false)
    expect((await exchangeCode(one, { ...signedIn, ...fresh })).status).toBe(200)
  })
})

describe('a store', () => {
  it('C3.5: holds no secret, code, token or name in clear', async () => {
    const written: unknown[] = []
    const store = new InMemorySessionStore()
    const spied = new Proxy(store, {
      get: (target, name) => {
        const member = Reflect.get(target, name) as unknown
        if (typeof member !== 'function') return member
        return (...args: unknown[]) => {
          written.push(args)
          return member.apply(target, args)
        }
      },
    })
    const server = createServer({ store: spied })
    const { signedIn, tokens, clientId } = await getTokens(server, { user: 'margarethe' })
    await refreshWith(server, clientId, tokens.refresh_token)
    const text = JSON.stringify(written)
    expect(written.length).toBeGreaterThan(4)
    for (const secret of [
      signedIn.code,
      signedIn.verifier,
      tokens.access_token,
      tokens.refresh_token,
      'margarethe',
      SECRET,
    ]) {
      expect(text).not.toContain(secret)
    }
  })

  it('gives nothing to who can write into it: a record counts under its own name alone', async () => {
    const store = new InMemorySessionStore()
    const server = createServer({ store })
    const ids: string[] = []
    const create = store.createSession.bind(store)
    vi.spyOn(store, 'createSession').mockImplementation((id, ...rest) => {
      ids.push(id)
      return create(id, ...rest)
    })
    const ann = await getTokens(server, { user: 'ann' })
    const eve = await getTokens(server, { user: 'eve', clientId: ann.clientId })
    const [annGrant, eveGrant] = ids.filter((id) => id.startsWith('oauth-grant-'))
    const { data } = (await store.getSession(annGrant!))!
    await store.updateSession(eveGrant!, { encrypted: data!.encrypted! })
    expect(await readError(await refreshWith(server, eve.clientId, eve.tokens.refresh_token))).toBe(
      'invalid_grant',
    )
    expect((await refreshWith(server, ann.clientId, ann.tokens.refresh_token)).status).toBe(200)
  })

  it('that fails is a 503 with Retry-After, and no sign-out', async () => {
    const store = new InMemorySessionStore()
    const refusals: OAuthServerRefusal[] = []
    const server = createServer({ store, onerror: (error) => refusals.push(error as OAuthServerRefusal) })
    const { clientId, tokens } = await getTokens(server)
    const down = vi.spyOn(store, 'getSession').mockRejectedValue(new Error('redis://:password@host is down'))
    const response = await refreshWith(server, clientId, tokens.refresh_token)
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
    expect(await response.text()).not.toContain('password')
    expect(refusals[0]).toMatchObject({ reason: 'store-unavailable' })
    vi.spyOn(store, 'sessionExists').mockRejectedValueOnce(new Error('down'))
    await expect(server.verifier.verifyAccessToken(tokens.access_token)).rejects.toMatchObject({
      code: 'temporarily_unavailable',
    })
    down.mockRestore()
    expect((await refreshWith(server, clientId, tokens.refresh_token)).status).toBe(200)
  })
})

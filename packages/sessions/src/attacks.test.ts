import { createMcpHandler, type McpHttpHandler } from '@portico-mcp/core'
import { EncryptJWT, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import {
  encryptedSessionIds,
  InMemoryEventStore,
  InMemorySessionBus,
  InMemorySessionStore,
  type SessionsOptions,
  sessions,
  signedHandles,
} from './index.ts'
import { EventReader, RawClient, until } from './testing/http.ts'
import { Stage } from './testing/server.ts'

const SECRET = 'a secret of at least 32 characters'

const caller = (sub: string) => ({
  authInfo: { token: sub, clientId: 'app', scopes: [], extra: { iss: 'https://issuer', sub } },
})

const ADA = { action: 'accept', content: { name: 'Ada' } }
const EVE = { action: 'accept', content: { name: 'Eve' } }

type Options = () => SessionsOptions

const kinds: Record<string, Options> = {
  'in a store': () => ({ store: new InMemorySessionStore() }),
  sealed: () => ({ store: encryptedSessionIds({ keys: [SECRET] }) }),
}

interface TestNode {
  handler: McpHttpHandler
  stage: Stage
}

/** Two nodes that serve the same sessions, resumable. */
function twoNodes(options: SessionsOptions): TestNode[] {
  const shared = { ...options, eventStore: new InMemoryEventStore(), bus: new InMemorySessionBus() }
  return [1, 2].map(() => {
    const stage = new Stage()
    return { stage, handler: createMcpHandler(stage.factory, { legacy: sessions(shared), bus: shared.bus }) }
  })
}

async function open({ handler }: TestNode, sub: string): Promise<RawClient> {
  const client = new RawClient(handler, caller(sub))
  expect((await client.open({ elicitation: {} })).status).toBe(200)
  return client
}

/** Somebody who has got hold of an id. */
function thief({ handler }: TestNode, sessionId: string | undefined, sub = 'eve'): RawClient {
  const client = new RawClient(handler, caller(sub))
  client.sessionId = sessionId
  return client
}

describe.each(Object.entries(kinds))('a session that is %s', (_, options) => {
  it('has its questions answered by its own principal alone, on whichever node', async () => {
    const nodes = twoNodes(options())
    const ada = await open(nodes[0]!, 'ada')
    const stream = new EventReader(await ada.tool('ask', { related: true }))
    const { id } = await stream.message()
    for (const node of nodes) {
      expect((await thief(node, ada.sessionId).answer(id, EVE)).status).toBe(404)
      const eve = await open(node, 'eve')
      expect((await eve.answer(id, EVE)).status).toBe(202)
      expect((await eve.notify('notifications/progress', { progressToken: id, progress: 1 })).status).toBe(
        202,
      )
      expect((await eve.notify('notifications/cancelled', { requestId: 1 })).status).toBe(202)
      // the server's own ids are no secret
      for (const own of [0, 1, '0', null]) await ada.answer(own, EVE)
    }
    expect((await thief(nodes[1]!, ada.sessionId, 'ada').answer(id, ADA)).status).toBe(202)
    const [answer] = await stream.rest()
    expect(JSON.parse(answer.result.content[0].text)).toEqual(ADA)
  })

  it('shows another principal nothing, and says of it what it says of one that never was', async () => {
    const nodes = twoNodes(options())
    const ada = await open(nodes[0]!, 'ada')
    const call = new EventReader(await ada.tool('echo', { text: 'secret' }))
    const { id: ofCall } = (await call.next())!
    const stream = new EventReader(await ada.listen())
    const { id: ofStream } = (await stream.next())!
    await ada.tool('log', { related: false }, { accept: 'application/json' })
    for (const node of nodes) {
      const strangers = [thief(node, ada.sessionId), thief(node, `${crypto.randomUUID()}`)]
      for (const lastEventId of [undefined, ofCall, ofStream]) {
        const answers = await Promise.all(strangers.map((stranger) => stranger.listen(lastEventId)))
        expect(answers.map(({ status }) => status)).toEqual([404, 404])
        const [foreign, unknown] = await Promise.all(answers.map((answer) => answer.text()))
        expect(foreign).toBe(unknown)
      }
      const eve = await open(node, 'eve')
      expect(await (await eve.listen(ofCall)).text()).not.toContain('secret')
      const spying = new EventReader(await eve.listen(ofStream))
      node.handler.notify.toolsChanged()
      for (;;) {
        const { method } = await spying.message()
        expect(method).not.toBe('notifications/message')
        if (method === 'notifications/tools/list_changed') break
      }
    }
    // and nothing of it was taken
    expect((await stream.message()).params.data).toBe('a debug')
  })

  it('is left alone by whoever would end or fill it', async () => {
    const [node] = twoNodes(options())
    const ada = await open(node!, 'ada')
    const eve = thief(node!, ada.sessionId)
    const stream = new EventReader(await ada.listen())
    await stream.next()
    for (const response of [
      await eve.call('logging/setLevel', { level: 'emergency' }),
      await eve.call('resources/subscribe', { uri: 'doc://one' }),
      await eve.tool('touch', { uri: 'doc://one' }),
      await eve.listen(),
    ]) {
      expect(response.status).toBe(404)
    }
    expect([404, 405]).toContain((await eve.send('DELETE')).status)
    await ada.tool('log', { related: false }, { accept: 'application/json' })
    expect((await stream.message()).params.data).toBe('a debug')
  })
})

describe('a forged event id', () => {
  it('reads no stream but the one that its session has', async () => {
    const [node] = twoNodes({ store: new InMemorySessionStore() })
    const [ada, eve] = [await open(node!, 'ada'), await open(node!, 'eve')]
    const call = new EventReader(await ada.tool('echo', { text: 'secret' }))
    const { id } = (await call.next())!
    await call.rest()
    const [stream, event] = id!.split(',') as [string, string]
    const own = new EventReader(await eve.listen())
    const [, place, change] = (await own.next())!.id!.split(',') as [string, string, string]
    const ofAda = encodeURIComponent(`../${ada.sessionId}/${decodeURIComponent(stream)}`)
    for (const forged of [
      `get,${event},${change}`,
      `get,${place},${event}`,
      `get,${event},${event}`,
      `${stream},${event},`,
      `${ofAda},${event},`,
      `${stream},${place},${change}`,
    ]) {
      const answer = await eve.listen(forged)
      node!.handler.notify.toolsChanged()
      await eve.listen()
      expect(await answer.text()).not.toContain('secret')
    }
  })

  it.each([{ a: 1 }, [1], null, true])('names no request by what cannot be an id: %j', async (id) => {
    const [node] = twoNodes({ store: new InMemorySessionStore() })
    const eve = await open(node!, 'eve')
    const stream = `post.${crypto.randomUUID()}.${encodeURIComponent(JSON.stringify(id))}`
    const answer = await eve.listen(`${encodeURIComponent(stream)},x,`)
    await eve.listen()
    expect(await answer.text()).not.toContain('call-lost')
  })
})

describe('a forged session id', () => {
  const bytes = async (text: string | Uint8Array): Promise<Uint8Array<ArrayBuffer>> =>
    new Uint8Array(
      await crypto.subtle.digest(
        'SHA-256',
        typeof text === 'string' ? new TextEncoder().encode(text) : (text as Uint8Array<ArrayBuffer>),
      ),
    )
  const hex = (digest: Uint8Array): string =>
    [...digest.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const state = {
    initialize: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'e', version: '1' } },
    protocolVersion: '2025-11-25',
    owner: '',
    announcedLists: [],
    supportsSubscriptions: false,
  }

  it('is unknown, whichever part of a sealed one is its forger’s', async () => {
    const handler = createMcpHandler(new Stage().factory, {
      legacy: sessions({ store: encryptedSessionIds({ keys: [SECRET] }) }),
    })
    const secret = await bytes(SECRET)
    const kid = hex(await bytes(secret))
    const other = await bytes('another secret of thirty-two characters')
    const seal = (jwt: EncryptJWT, key: Uint8Array, header: object = {}) =>
      jwt
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: 'portico-session', kid, ...header })
        .encrypt(key)
    const jwt = (claims: object = { state }) => new EncryptJWT(claims as never).setJti('j')
    const forged = [
      // the key's name with another key, and the other way round
      await seal(jwt().setExpirationTime('1h'), other),
      await seal(jwt().setExpirationTime('1h'), secret, { kid: 'unknown' }),
      await seal(jwt().setExpirationTime('1h'), secret, { kid: undefined }),
      // what the key has sealed, but not as a session
      await seal(jwt().setExpirationTime('-1s'), secret),
      await seal(jwt(), secret),
      await seal(jwt().setExpirationTime('1h'), secret, { typ: undefined }),
      await seal(jwt().setExpirationTime('1h'), secret, { typ: 'another-use' }),
      await seal(jwt({}).setExpirationTime('1h'), secret),
      await seal(jwt({ state: 'x' }).setExpirationTime('1h'), secret),
      await new SignJWT({ state }).setProtectedHeader({ alg: 'HS256', kid }).setJti('j').sign(secret),
      await signedHandles({ purpose: 'cart', keys: [SECRET] }).create(state as never),
    ]
    const client = new RawClient(handler)
    for (const sessionId of forged) {
      client.sessionId = sessionId
      expect((await client.call('ping')).status).toBe(404)
    }
    // the forger has it all right but the key
    client.sessionId = await seal(jwt().setExpirationTime('1h'), secret)
    expect((await client.call('ping')).status).toBe(200)
  })

  it('is unknown, where it names something else in the same store', async () => {
    const store = new InMemorySessionStore()
    const handler = createMcpHandler(new Stage().factory, { legacy: sessions({ store }) })
    const handle = await signedHandles({ purpose: 'cart', keys: [SECRET], store }).create({ apples: 2 })
    const { jti } = JSON.parse(atob(handle.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/')))
    expect((await store.getSession(jti))?.data).toEqual({ apples: 2 })
    for (const method of ['POST', 'GET', 'DELETE']) {
      const client = new RawClient(handler)
      client.sessionId = jti
      const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
      expect((await client.send(method, method === 'POST' ? ping : undefined)).status).toBe(404)
    }
    expect((await store.getSession(jti))?.data).toEqual({ apples: 2 })
  })
})

describe('strangers who guess', () => {
  it('cost no server and no place, whatever they guess', async () => {
    const stage = new Stage()
    const legacy = sessions({ store: new InMemorySessionStore(), maxSessions: 2 })
    const handler = createMcpHandler(stage.factory, { legacy })
    const ada = new RawClient(handler, caller('ada'))
    await ada.open()
    for (let count = 0; count < 200; count++) {
      const stranger = new RawClient(handler, caller('eve'))
      stranger.sessionId = count % 2 ? crypto.randomUUID() : ada.sessionId
      const method = ['POST', 'GET', 'DELETE'][count % 3]!
      const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
      expect((await stranger.send(method, method === 'POST' ? ping : undefined)).status).toBe(404)
    }
    expect([legacy.size, stage.built.length]).toEqual([1, 1])
    expect((await ada.call('ping')).status).toBe(200)
  })

  it('get ids of which none follows from another', async () => {
    const handler = createMcpHandler(new Stage().factory, { legacy: sessions() })
    const ids = new Set<string>()
    for (let count = 0; count < 50; count++) {
      const client = new RawClient(handler)
      await client.open()
      ids.add(client.sessionId!)
    }
    expect(ids.size).toBe(50)
    // 122 bits of the platform's cryptographic randomness
    for (const id of ids)
      expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  })
})

it('an identity that changes under way is another’s from then on', async () => {
  let subject = 'ada'
  const stage = new Stage()
  const handler = createMcpHandler(stage.factory, {
    legacy: sessions({ owner: ({ authInfo }) => String(authInfo?.extra?.tenant) }),
  })
  const of = (tenant: string) => ({
    authInfo: { token: 't', clientId: 'app', scopes: [], extra: { tenant, sub: subject } },
  })
  const client = new RawClient(handler, of('acme'))
  await client.open()
  subject = 'bob'
  for (const [tenant, status] of [
    ['acme', 200],
    ['other', 404],
  ] as const) {
    const other = new RawClient(handler, of(tenant))
    other.sessionId = client.sessionId
    expect((await other.call('ping')).status).toBe(status)
  }
  await until(() => stage.built.length === 1)
})

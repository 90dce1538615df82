import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { DynamoDBEventStore, DynamoDBSessionStore } from './index.ts'
import { CREDENTIALS, clientOf, type LocalDynamoDB, startDynamoDB } from './testing/dynamodb.ts'
import { type Call, type Mishap, startInBetween } from './testing/in-between.ts'

let dynamodb: LocalDynamoDB
const open: { close(): unknown }[] = []
const SESSION_TOKEN = 'session-token-that-stays-here'

beforeAll(async () => {
  dynamodb = await startDynamoDB()
  await dynamodb.createTable('sessions', 'sessionId')
  await dynamodb.createTable('events', 'scope', 'event')
})
afterAll(() => dynamodb.close())
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
  vi.unstubAllEnvs()
})

async function storesWhere(happens: (call: Call, index: number) => Mishap | undefined, timeoutMs = 10_000) {
  const between = await startInBetween(dynamodb.port, happens)
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', `http://127.0.0.1:${between.port}`)
  vi.stubEnv('AWS_ACCESS_KEY_ID', CREDENTIALS.accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', CREDENTIALS.secretAccessKey)
  vi.stubEnv('AWS_SESSION_TOKEN', SESSION_TOKEN)
  const store = new DynamoDBSessionStore({ tableName: 'sessions', timeoutMs })
  const eventStore = new DynamoDBEventStore({ tableName: 'events', timeoutMs })
  open.push(between, store, eventStore)
  return { calls: between.calls, store, eventStore }
}

const failureOf = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    (value) => expect.fail(`resolved with ${value}`),
    (error) => error,
  )

const newId = () => crypto.randomUUID()
const refused = (error: string, message = 'No.'): Mishap => ({
  status: 400,
  body: { __type: `com.amazonaws.dynamodb.v20120810#${error}`, message },
})
const THROTTLED = refused('ProvisionedThroughputExceededException')
const ECHO = { jsonrpc: '2.0' as const, method: 'notifications/message', params: { data: 'x' } }

describe('a throttled call', () => {
  it('is tried again', async () => {
    const { store, calls } = await storesWhere((_, index) => (index < 2 ? THROTTLED : undefined))
    expect(await store.createSession(newId())).toBe(true)
    expect(calls).toHaveLength(3)
  })

  it('is given up in the end, and is not taken for a session that is not there', async () => {
    const { store, calls } = await storesWhere(() => THROTTLED)
    expect(await failureOf(store.sessionExists(newId()))).toMatchObject({
      code: 'ProvisionedThroughputExceededException',
    })
    expect(calls).toHaveLength(3)
  })

  it('within a deletion is tried again for what was left over', async () => {
    let left = 0
    const { eventStore, calls } = await storesWhere(({ operation, body }) =>
      operation === 'BatchWriteItem' && left++ === 0
        ? { status: 200, body: { UnprocessedItems: JSON.parse(body).RequestItems } }
        : undefined,
    )
    const id = await eventStore.storeEvent('scope/stream', ECHO)
    await eventStore.deleteEvents('scope')
    const deletions = calls.filter(({ operation }) => operation === 'BatchWriteItem')
    expect(deletions).toHaveLength(2)
    expect(await eventStore.replayEventsAfter(id, { send: async () => {} })).toBe('')
  })
})

describe('an answer that is lost', () => {
  const losing = (lost: number) => {
    let puts = 0
    return ({ operation }: Call): Mishap | undefined =>
      operation === 'PutItem' && ++puts === lost ? 'lose the answer' : undefined
  }

  it('does not turn a session that was made into one that was there', async () => {
    const { store, calls } = await storesWhere(losing(1))
    expect(await store.createSession(newId(), { a: 1 })).toBe(true)
    expect(calls).toHaveLength(2)
  })

  it('does not turn a claim into that of another', async () => {
    const { store, calls } = await storesWhere(losing(1))
    expect(await store.claimSession(newId(), 60_000)).toBeTypeOf('function')
    expect(calls).toHaveLength(2)
  })

  it('stores no event twice', async () => {
    const { eventStore } = await storesWhere(losing(2))
    const stream = `${newId()}/stream`
    const first = await eventStore.storeEvent(stream, ECHO)
    const second = await eventStore.storeEvent(stream, ECHO)
    const third = await eventStore.storeEvent(stream, ECHO)
    const replayed: string[] = []
    await eventStore.replayEventsAfter(first, { send: async (id) => void replayed.push(id) })
    expect(replayed).toEqual([second, third])
  })
})

describe('a DynamoDB that takes calls and never answers', () => {
  it('is given up when the time is over, by every method', async () => {
    const { store } = await storesWhere(() => 'never answer', 100)
    const id = newId()
    const calls = [
      store.sessionExists(id),
      store.createSession(id),
      store.getSession(id),
      store.updateSession(id, { a: 1 }),
      store.deleteSession(id),
      store.touchSession(id),
      store.claimSession(id, 1000),
    ]
    for (const call of calls) expect(await failureOf(call)).toMatchObject({ code: 'TimeoutError' })
  })

  it('fails all events that wait behind the first, at once, and takes new ones when it is back', async () => {
    let isBack = false
    const { eventStore, calls } = await storesWhere(() => (isBack ? undefined : 'never answer'), 200)
    const stream = `${newId()}/stream`
    const failures = await Promise.all(
      Array.from({ length: 50 }, () => failureOf(eventStore.storeEvent(stream, ECHO))),
    )
    for (const failure of failures) expect(failure).toMatchObject({ code: 'TimeoutError' })
    expect(calls).toHaveLength(1)
    isBack = true
    expect(await eventStore.storeEvent(stream, ECHO)).toBeTypeOf('string')
  })
})

describe('an error', () => {
  it('names the operation, the table and what happened', async () => {
    const store = new DynamoDBSessionStore({ client: dynamodb.client(), tableName: 'no-such-table' })
    const failure = await failureOf(store.getSession(newId()))
    expect(failure).toMatchObject({ name: 'DynamoDBStoreError', code: 'ResourceNotFoundException' })
    expect(failure.message).toMatch(
      /^GetItem on table no-such-table failed with ResourceNotFoundException: Requested/,
    )
  })

  it('says that nothing listens', async () => {
    const store = new DynamoDBSessionStore({ client: clientOf(1), tableName: 'sessions' })
    expect(await failureOf(store.getSession(newId()))).toMatchObject({ code: 'ECONNREFUSED' })
  })

  it.each(['InvalidSignatureException', 'UnrecognizedClientException', 'InternalServerError'])(
    'holds nothing of the signed request where DynamoDB quotes it: %s',
    async (error) => {
      let signed = ''
      const { store } = await storesWhere(({ headers }) => {
        signed = String(headers.authorization)
        return refused(error, `The canonical string was ${signed} ${headers['x-amz-security-token']}`)
      })
      const failure = await failureOf(store.createSession(newId()))
      expect(failure).toMatchObject({ code: error })
      const shown = `${inspect(failure, { depth: 10, showHidden: true })}${failure.stack}`
      const signature = /Signature=(\w+)/.exec(signed)?.[1]
      for (const secret of [CREDENTIALS.accessKeyId, CREDENTIALS.secretAccessKey, SESSION_TOKEN, signature]) {
        expect(secret).toBeTruthy()
        expect(shown).not.toContain(secret)
      }
    },
  )
})

describe('an answer of something between, with HTTP 200 and nothing in it', () => {
  it.each(['', null, {}, [], 'ok'])('is a failure of every method: %j', async (body) => {
    const { store, eventStore } = await storesWhere(() => ({ status: 200, body }))
    const id = newId()
    for (const call of [
      () => store.getSession(id),
      () => store.sessionExists(id),
      () => store.createSession(id),
      () => store.updateSession(id, { a: 1 }),
      () => store.touchSession(id),
      () => store.deleteSession(id),
      () => store.claimSession(id, 1000),
      () => eventStore.storeEvent(`${id}/stream`, ECHO),
      () => eventStore.deleteEvents(id),
    ]) {
      expect(await failureOf(call())).toMatchObject({ name: 'DynamoDBStoreError' })
    }
  })
})

describe('a claim whose answer is lost', () => {
  it('is given back, though the call is rejected', async () => {
    let puts = 0
    const { store } = await storesWhere(({ operation }) =>
      operation === 'PutItem' && ++puts <= 3 ? 'lose the answer' : undefined,
    )
    const id = newId()
    await failureOf(store.claimSession(id, 60_000))
    await expect.poll(() => store.claimSession(id, 60_000)).toBeTypeOf('function')
  })

  it('takes no claim from another', async () => {
    const { store } = await storesWhere(({ operation }, index) =>
      operation === 'PutItem' && index > 0 ? THROTTLED : undefined,
    )
    const id = newId()
    expect(await store.claimSession(id, 60_000)).toBeTypeOf('function')
    await failureOf(store.claimSession(id, 60_000))
    const own = new DynamoDBSessionStore({ client: dynamodb.client(), tableName: 'sessions' })
    expect(await own.claimSession(id, 60_000)).toBeUndefined()
  })
})

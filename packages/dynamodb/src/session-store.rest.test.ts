import { GetItemCommand, PutItemCommand, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { SessionData } from '@portico-mcp/sessions'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { DynamoDBSessionStore } from './index.ts'
import { CREDENTIALS, type LocalDynamoDB, startDynamoDB } from './testing/dynamodb.ts'
import { startInBetween } from './testing/in-between.ts'

let dynamodb: LocalDynamoDB

beforeAll(async () => {
  dynamodb = await startDynamoDB()
  for (const name of ['sessions', 'mcp-sessions', 'from-environment']) {
    await dynamodb.createTable(name, 'sessionId')
  }
})
afterAll(() => dynamodb.close())
afterEach(() => vi.unstubAllEnvs())

const open = (options = {}) =>
  new DynamoDBSessionStore({ client: dynamodb.client(), tableName: 'sessions', ...options })
const newId = () => crypto.randomUUID()
const itemOf = async (sessionId: string, TableName = 'sessions') => {
  const command = new GetItemCommand({ TableName, Key: { sessionId: { S: sessionId } } })
  return (await dynamodb.client().send(command)).Item
}
const inSeconds = (seconds: number) => Math.round(Date.now() / 1000) + seconds

describe('the table', () => {
  it('holds an item a session: ISO dates, TTL in epoch seconds, data as a map', async () => {
    const id = newId()
    await open({ ttlSeconds: 3600 }).createSession(id, { name: 'Ada', tools: ['add'] })
    const item = await itemOf(id)
    expect(item).toEqual({
      sessionId: { S: id },
      createdAt: { S: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) },
      updatedAt: item?.createdAt,
      ttl: { N: expect.stringMatching(/^\d+$/) },
      data: { M: { name: { S: 'Ada' }, tools: { L: [{ S: 'add' }] } } },
      token: { S: expect.any(String) },
    })
    expect(Math.abs(Number(item?.ttl?.N) - inSeconds(3600))).toBeLessThan(30)
  })

  it('lets a session live for a day where nobody says', async () => {
    const id = newId()
    await open().createSession(id)
    expect(Math.abs(Number((await itemOf(id))?.ttl?.N) - inSeconds(86_400))).toBeLessThan(30)
  })

  it('may hold what another program wrote', async () => {
    const id = newId()
    await dynamodb.client().send(
      new PutItemCommand({
        TableName: 'sessions',
        Item: {
          sessionId: { S: id },
          createdAt: { S: '2026-01-02T03:04:05.678Z' },
          updatedAt: { S: '2026-01-02T03:04:06.000Z' },
          ttl: { N: String(inSeconds(60)) },
          data: { M: { count: { N: '2' } } },
        },
      }),
    )
    expect(await open().updateSession(id, { count: 3 })).toBe(true)
    expect(await open().getSession(id)).toMatchObject({
      createdAt: new Date('2026-01-02T03:04:05.678Z'),
      data: { count: 3 },
    })
  })

  it('keeps what has ended until DynamoDB deletes it, and no method sees it', async () => {
    const store = open()
    const id = newId()
    await store.createSession(id, { old: true })
    await dynamodb.client().send(
      new UpdateItemCommand({
        TableName: 'sessions',
        Key: { sessionId: { S: id } },
        UpdateExpression: 'SET #ttl = :ttl',
        ExpressionAttributeNames: { '#ttl': 'ttl' },
        ExpressionAttributeValues: { ':ttl': { N: String(inSeconds(-5)) } },
      }),
    )
    expect(await store.sessionExists(id)).toBe(false)
    expect(await store.getSession(id)).toBeUndefined()
    expect(await store.updateSession(id, { old: false })).toBe(false)
    expect(await store.touchSession(id)).toBe(false)
    expect((await itemOf(id))?.data).toEqual({ M: { old: { BOOL: true } } })
    expect(await store.createSession(id, {})).toBe(true)
  })

  it('sends no expression that is longer than DynamoDB takes, however many keys change', async () => {
    const client = dynamodb.client()
    const expressions: string[] = []
    client.middlewareStack.add(
      (next) => async (args) => {
        const input = args.input as { UpdateExpression?: string; ConditionExpression?: string }
        expressions.push(input.UpdateExpression ?? '', input.ConditionExpression ?? '')
        return next(args)
      },
      { step: 'initialize' },
    )
    const store = open({ client })
    const id = newId()
    await store.createSession(id)
    for (const count of [1, 99, 100, 101, 1000]) {
      const changes = Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`${count} ${index}`, index]),
      )
      expect(await store.updateSession(id, changes)).toBe(true)
      expect((await store.getSession(id))?.data).toMatchObject(changes)
    }
    for (const expression of expressions) {
      expect(expression.length).toBeLessThanOrEqual(4096)
      expect(expression.split('=').length).toBeLessThanOrEqual(300)
    }
  })

  it('keeps leases apart from sessions, with a TTL', async () => {
    const store = open()
    const id = newId()
    const release = await store.claimSession(id, 60_000)
    expect(await store.sessionExists(id)).toBe(false)
    expect(Number((await itemOf(`claim ${id}`))?.ttl?.N)).toBeGreaterThan(inSeconds(0))
    await release?.()
    expect(await itemOf(`claim ${id}`)).toBeUndefined()
  })
})

describe('the configuration', () => {
  it.each([
    ['what is given', { tableName: 'sessions' }, { DYNAMODB_TABLE_NAME: 'from-environment' }, 'sessions'],
    ['the environment', {}, { DYNAMODB_TABLE_NAME: 'from-environment' }, 'from-environment'],
    ['its default', {}, { DYNAMODB_TABLE_NAME: '' }, 'mcp-sessions'],
  ])('takes the table name from %s', async (_, options, environment, tableName) => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
    const id = newId()
    await new DynamoDBSessionStore({ client: dynamodb.client(), ...options }).createSession(id)
    expect(await itemOf(id, tableName)).toBeDefined()
  })

  it.each([
    ['what is given', { region: 'eu-west-1' }, 'us-west-2', 'eu-west-1'],
    ['the environment', {}, 'us-west-2', 'us-west-2'],
    ['its default', {}, '', 'us-east-1'],
  ])('takes the region from %s, and makes a client of its own', async (_, options, environment, region) => {
    const between = await startInBetween(dynamodb.port, () => undefined)
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', `http://127.0.0.1:${between.port}`)
    vi.stubEnv('AWS_ACCESS_KEY_ID', CREDENTIALS.accessKeyId)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', CREDENTIALS.secretAccessKey)
    vi.stubEnv('AWS_REGION', environment)
    const store = new DynamoDBSessionStore({ tableName: 'sessions', ...options })
    await store.createSession(newId())
    expect(between.calls.map(({ headers }) => headers.authorization)).toEqual([
      expect.stringContaining(`/${region}/dynamodb/aws4_request`),
    ])
    store.close()
    await between.close()
  })

  it.each([{ ttlSeconds: 0 }, { ttlSeconds: Number.NaN }, { timeoutMs: -1 }])('throws for %o', (options) => {
    expect(() => open(options)).toThrow(RangeError)
  })

  it('leaves a client open that it was given', async () => {
    const client = dynamodb.client()
    open({ client }).close()
    await client.send(new ScanCommand({ TableName: 'sessions', Limit: 1 }))
  })
})

describe('ids', () => {
  it.each(['', 'a b', 'claim x', 'ü', 'x'.repeat(257)])('rejects %j before asking', async (id) => {
    const store = open()
    await expect(store.getSession(id)).rejects.toThrow(TypeError)
    await expect(store.createSession(id)).rejects.toThrow(TypeError)
    await expect(store.claimSession(id, 1000)).rejects.toThrow(TypeError)
  })
})

describe('data', () => {
  const nested = (depth: number): SessionData[string] => (depth === 0 ? 'bottom' : { in: nested(depth - 1) })

  it.each<[string, SessionData]>([
    ['numbers that DynamoDB has not', { list: [1e300, -1e-300, 2 ** 60, 0.1, 1e21] }],
    ['names without characters', { value: { '': { '': 1 } } }],
    ['a hundred levels', { value: nested(100) }],
    ['28 levels', { value: nested(28) }],
    ['half a character', { value: '\ud800', list: ['\udc00'] }],
    ['empty strings, lists and objects', { text: '', list: [], object: {} }],
    ['words that DynamoDB reserves', { ttl: 1, data: 2, 'a.b': 3, 'c[0]': 4, '#d': 5, ':e': 6 }],
    ['names of the prototype', JSON.parse('{"value": {"__proto__": {"x": 1}}, "constructor": 2}')],
  ])('holds %s', async (_, data) => {
    const store = open()
    const [made, changed] = [newId(), newId()]
    await store.createSession(made, data)
    await store.createSession(changed)
    await store.updateSession(changed, data)
    for (const id of [made, changed]) {
      const { value, ...rest } = (await store.getSession(id))?.data ?? {}
      expect(rest).toEqual({ ...data, value: undefined })
      expect(JSON.stringify(value)).toBe(JSON.stringify(data.value))
    }
  })

  it.each(['', '__proto__', '\ud800'])('rejects the name %j', async (name) => {
    const store = open()
    const id = newId()
    const data = Object.fromEntries([[name, 1]])
    await expect(store.createSession(id, data)).rejects.toThrow(TypeError)
    await store.createSession(id, { a: 1 })
    await expect(store.updateSession(id, data)).rejects.toThrow(TypeError)
    expect((await store.getSession(id))?.data).toEqual({ a: 1 })
  })

  it('holds 64 kB, and a change of 100 keys', async () => {
    const store = open()
    const id = newId()
    const text = 'x'.repeat(60_000)
    await store.createSession(id, { text })
    const keys = Array.from({ length: 100 }, (_, index) => [`subscription:doc://${index}`, true])
    await store.updateSession(id, Object.fromEntries(keys))
    expect((await store.getSession(id))?.data).toEqual({ text, ...Object.fromEntries(keys) })
  })

  it('rejects what is too large for an item, and keeps what is there', async () => {
    const store = open()
    const id = newId()
    await store.createSession(id, { a: 1 })
    await expect(store.updateSession(id, { b: 'x'.repeat(500_000) })).rejects.toMatchObject({
      name: 'DynamoDBStoreError',
      code: 'ValidationException',
    })
    expect((await store.getSession(id))?.data).toEqual({ a: 1 })
  })
})

describe('two clients at once', () => {
  it('grant one of fifty claims, and one of fifty creations', async () => {
    const stores = [open(), open()]
    const id = newId()
    const each = Array.from({ length: 50 }, (_, index) => stores[index % 2]!)
    const made = await Promise.all(each.map((store) => store.createSession(id)))
    const claims = await Promise.all(each.map((store) => store.claimSession(id, 60_000)))
    expect(made.filter(Boolean)).toHaveLength(1)
    expect(claims.filter(Boolean)).toHaveLength(1)
  })

  it('never bring back a session that one of them deletes while the other changes and touches it', async () => {
    const [one, other] = [open(), open()]
    for (let round = 0; round < 10; round++) {
      const id = newId()
      await one.createSession(id, { a: 1 })
      const changes = Array.from({ length: 10 }, (_, index) => other.updateSession(id, { [`k${index}`]: 1 }))
      const touches = Array.from({ length: 10 }, () => other.touchSession(id))
      await Promise.all([...changes, one.deleteSession(id), ...touches])
      expect(await one.sessionExists(id)).toBe(false)
    }
  })
})

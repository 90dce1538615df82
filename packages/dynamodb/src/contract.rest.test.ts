import { describeContract } from '@portico-example/testing/contracts'
import { eventStoreContract, sessionStoreContract } from '@portico-mcp/sessions/contract'
import { taskStoreContract } from '@portico-mcp/tasks/contract'
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest'
import { DynamoDBEventStore, DynamoDBSessionStore, DynamoDBTaskStore } from './index.ts'
import { clientOf, type LocalDynamoDB, startDynamoDB } from './testing/dynamodb.ts'

let dynamodb: LocalDynamoDB

beforeAll(async () => {
  dynamodb = await startDynamoDB()
  await dynamodb.createTable('sessions', 'sessionId')
  await dynamodb.createTable('events', 'scope', 'event')
  await dynamodb.createTable('tasks', 'taskId')
})
afterAll(() => dynamodb.close())

// the clock of the stores alone, so that the SDK's timers run
let passed = 0
const pass = async (ms: number): Promise<void> => {
  passed += ms
}
beforeEach(() => {
  const { now } = Date
  vi.spyOn(Date, 'now').mockImplementation(() => now() + passed)
})
afterEach(() => {
  vi.restoreAllMocks()
  passed = 0
})

// nothing listens there
const nowhere = () => ({ client: clientOf(1), timeoutMs: 1000 })

describeContract('the session store on DynamoDB', sessionStoreContract, () => {
  const open = () => new DynamoDBSessionStore({ client: dynamodb.client(), tableName: 'sessions' })
  const unreachable = new DynamoDBSessionStore({ ...nowhere(), tableName: 'sessions' })
  return { store: open(), other: open(), unreachable, ttlMs: 5000, pass }
})

describeContract('the event store on DynamoDB', eventStoreContract, () => {
  const limits = { tableName: 'events', maxEventsPerStream: 30, ttlSeconds: 5 }
  const open = () => new DynamoDBEventStore({ client: dynamodb.client(), ...limits })
  const unreachable = new DynamoDBEventStore({ ...nowhere(), ...limits })
  return { store: open(), other: open(), unreachable, maxEventsPerStream: 30, ttlMs: 5000, pass }
})

describeContract('the task store on DynamoDB', taskStoreContract, () => {
  const open = () => new DynamoDBTaskStore({ client: dynamodb.client(), tableName: 'tasks' })
  const unreachable = new DynamoDBTaskStore({ ...nowhere(), tableName: 'tasks' })
  return { store: open(), other: open(), unreachable, ttlMs: 5000, pass }
})

export { DynamoDBEventStore, type DynamoDBEventStoreOptions } from './dynamodb-event-store.ts'
export { DynamoDBSessionStore, type DynamoDBSessionStoreOptions } from './dynamodb-session-store.ts'
export { DynamoDBStoreError } from './dynamodb-store-error.ts'
export type { DynamoDBOptions } from './table.ts'

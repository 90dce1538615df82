import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
// @ts-expect-error: it has no types
import dynalite from 'dynalite'

export const CREDENTIALS = { accessKeyId: 'AKIAEXAMPLEEXAMPLE', secretAccessKey: 'secret-that-stays-here' }

export interface LocalDynamoDB {
  port: number
  client(): DynamoDBClient
  createTable(name: string, ...keys: string[]): Promise<void>
  close(): Promise<void>
}

/** A DynamoDB of this process, on a port of its own, that never deletes what is over. */
export async function startDynamoDB(): Promise<LocalDynamoDB> {
  const server = dynalite({ createTableMs: 0 }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const clients: DynamoDBClient[] = []
  const client = (): DynamoDBClient => {
    const made = clientOf(port)
    clients.push(made)
    return made
  }
  return {
    port,
    client,
    async createTable(TableName, ...names) {
      await client().send(
        new CreateTableCommand({
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
          KeySchema: names.map((AttributeName, index) => ({
            AttributeName,
            KeyType: index === 0 ? 'HASH' : 'RANGE',
          })),
        }),
      )
    },
    async close() {
      for (const made of clients) made.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A client of what listens on a port of this machine. */
export const clientOf = (port: number): DynamoDBClient =>
  new DynamoDBClient({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials: CREDENTIALS })

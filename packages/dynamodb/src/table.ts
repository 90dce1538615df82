import {
  type AttributeValue,
  BatchWriteItemCommand,
  type BatchWriteItemCommandOutput,
  DeleteItemCommand,
  type DeleteItemCommandInput,
  DynamoDBClient,
  GetItemCommand,
  type GetItemCommandInput,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb'
import { optionRules, type Rules } from '@portico-mcp/core/internal'
import { DynamoDBStoreError, toStoreError } from './dynamodb-store-error.ts'

/** How a table is reached. */
export interface DynamoDBOptions {
  /** @defaultValue the environment variable `AWS_REGION`, or else `us-east-1`; a client has its own */
  region?: string | undefined
  /** A client to use in place of an own one; it stays open when the store is closed. */
  client?: DynamoDBClient | undefined
  /** Milliseconds that a call may take, its retries counted. @defaultValue 5000 */
  timeoutMs?: number | undefined
}

/** What the options that both stores have may be. */
export const TABLE_RULES: Rules<keyof DynamoDBOptions> = {
  region: optionRules.string,
  client: optionRules.objectWith('send'),
  timeoutMs: optionRules.positive('milliseconds'),
}

/** An item of a table. */
export type Item = Record<string, AttributeValue>

type Of<Input> = Omit<Input, 'TableName' | 'ReturnConsumedCapacity'>

/** A change of an item. */
export type ItemUpdate = Of<UpdateItemCommandInput>

/**
 * DynamoDB answers a read that finds nothing, and a write, with an empty object. What it is asked to add, an answer
 * of something in between does not have, which must not be taken for one.
 */
const SIGNED = { ReturnConsumedCapacity: 'TOTAL' } as const

// a node that is gone costs a second, throttling a few hundred milliseconds
const OWN_CLIENT = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
}

/** One table: calls that end in time, with errors that are fit to be shown. */
export class Table {
  readonly name: string
  readonly #client: DynamoDBClient
  readonly #isOwn: boolean
  readonly #timeoutMs: number

  constructor(name: string, { region, client, timeoutMs = 5000 }: DynamoDBOptions) {
    this.name = name
    this.#timeoutMs = timeoutMs
    this.#isOwn = client === undefined
    this.#client =
      client ?? new DynamoDBClient({ ...OWN_CLIENT, region: region || process.env.AWS_REGION || 'us-east-1' })
  }

  /** Reads an item as the last write left it. */
  async get(input: Of<GetItemCommandInput>): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: this.name, ConsistentRead: true, ...SIGNED, ...input })
    return (await this.#ask('GetItem', (options) => this.#client.send(command, options))).Item
  }

  /** Reads a page as the last writes left it. */
  async query(input: Of<QueryCommandInput>): Promise<QueryCommandOutput> {
    const command = new QueryCommand({ TableName: this.name, ConsistentRead: true, ...SIGNED, ...input })
    return this.#ask('Query', (options) => this.#client.send(command, options))
  }

  /** @returns `false` where the condition does not hold. */
  async put(input: Of<PutItemCommandInput>): Promise<boolean> {
    const command = new PutItemCommand({ TableName: this.name, ...SIGNED, ...input })
    return holds(this.#ask('PutItem', (options) => this.#client.send(command, options)))
  }

  /** @returns `false` where the condition does not hold. */
  async update(input: ItemUpdate): Promise<boolean> {
    const command = new UpdateItemCommand({ TableName: this.name, ...SIGNED, ...input })
    return holds(this.#ask('UpdateItem', (options) => this.#client.send(command, options)))
  }

  /** @returns `false` where the condition does not hold. */
  async delete(input: Of<DeleteItemCommandInput>): Promise<boolean> {
    const command = new DeleteItemCommand({ TableName: this.name, ...SIGNED, ...input })
    return holds(this.#ask('DeleteItem', (options) => this.#client.send(command, options)))
  }

  /** Deletes items, at most 25. */
  async deleteBatch(keys: Item[]): Promise<void> {
    let requests: BatchWriteItemCommandOutput['UnprocessedItems'] = {
      [this.name]: keys.map((Key) => ({ DeleteRequest: { Key } })),
    }
    for (let attempt = 0; Object.keys(requests ?? {}).length > 0; attempt++) {
      if (attempt === 5)
        throw new DynamoDBStoreError('ThrottlingException', `BatchWriteItem on table ${this.name}`)
      if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, 50 * 2 ** attempt))
      const command: BatchWriteItemCommand = new BatchWriteItemCommand({ RequestItems: requests })
      const output = await this.#run<BatchWriteItemCommandOutput>('BatchWriteItem', (options) =>
        this.#client.send(command, options),
      )
      if (!output?.UnprocessedItems) throw notDynamoDB('BatchWriteItem', this.name)
      requests = output.UnprocessedItems
    }
  }

  close(): void {
    if (this.#isOwn) this.#client.destroy()
  }

  /** @throws DynamoDBStoreError for an answer that is not DynamoDB's, as for one that does not come. */
  async #ask<Output extends { ConsumedCapacity?: unknown }>(
    operation: string,
    send: (options: { abortSignal: AbortSignal }) => Promise<Output>,
  ): Promise<Output> {
    const output = await this.#run(operation, send)
    if (output?.ConsumedCapacity) return output
    throw notDynamoDB(operation, this.name)
  }

  async #run<Output>(
    operation: string,
    send: (options: { abortSignal: AbortSignal }) => Promise<Output>,
  ): Promise<Output> {
    const overdue = new AbortController()
    let timer: NodeJS.Timeout | undefined
    // the SDK does not hear the signal while it looks for credentials or waits to retry
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const message = `${operation} on table ${this.name} took more than ${this.#timeoutMs} ms`
        reject(new DynamoDBStoreError('TimeoutError', message))
        overdue.abort()
      }, this.#timeoutMs)
    })
    try {
      return await Promise.race([send({ abortSignal: overdue.signal }), late])
    } catch (error) {
      throw error instanceof DynamoDBStoreError ? error : toStoreError(error, operation, this.name)
    } finally {
      clearTimeout(timer)
    }
  }
}

const notDynamoDB = (operation: string, tableName: string): DynamoDBStoreError =>
  new DynamoDBStoreError(
    'InvalidResponseError',
    `${operation} on table ${tableName} was answered with HTTP 200, and not by DynamoDB`,
  )

async function holds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write
    return true
  } catch (error) {
    if ((error as DynamoDBStoreError).code === 'ConditionalCheckFailedException') return false
    throw error
  }
}

/** Now, or some milliseconds later, in the whole seconds of the table's TTL attribute, rounded up. */
export const toTtl = (ms: number): AttributeValue => ({ N: String(Math.ceil((Date.now() + ms) / 1000)) })

/** Now, in seconds, to be compared with what {@link toTtl} gave. */
export const now = (): number => Date.now() / 1000

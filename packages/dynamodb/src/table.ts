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

/** Options that both stores have. */
export interface DynamoDBOptions {
  /** The AWS region. Ignored if `client` is set. @defaultValue the environment variable `AWS_REGION`, or `us-east-1` */
  region?: string | undefined
  /** The client to use. It stays open when the store is closed. @defaultValue a new client for this store */
  client?: DynamoDBClient | undefined
  /** Milliseconds that a call may take, including its retries. @defaultValue 5000 */
  timeoutMs?: number | undefined
}

/** The rules of {@link DynamoDBOptions}. */
export const TABLE_RULES: Rules<keyof DynamoDBOptions> = {
  region: optionRules.string,
  client: optionRules.objectWith('send'),
  timeoutMs: optionRules.positive('milliseconds'),
}

/** An item of a table. */
export type Item = Record<string, AttributeValue>

type WithoutTable<Input> = Omit<Input, 'TableName' | 'ReturnConsumedCapacity'>

/** A change of an item. */
export type ItemUpdate = WithoutTable<UpdateItemCommandInput>

/**
 * DynamoDB answers a write, and a read that finds nothing, with an empty object. So would a proxy that answers in its
 * place. The consumed capacity, which is only in responses of DynamoDB, distinguishes them.
 */
const SIGNED = { ReturnConsumedCapacity: 'TOTAL' } as const

// With these timeouts, an unreachable endpoint costs a second, and throttling a few hundred milliseconds.
const OWN_CLIENT = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
}

/** A table. Its calls end within the timeout, and reject with errors that contain no credentials. */
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

  /** Reads an item consistently, with the result of the last write. */
  async get(input: WithoutTable<GetItemCommandInput>): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: this.name, ConsistentRead: true, ...SIGNED, ...input })
    return (await this.#runSigned('GetItem', (options) => this.#client.send(command, options))).Item
  }

  /** Reads a page of items consistently, with the results of the last writes. */
  async query(input: WithoutTable<QueryCommandInput>): Promise<QueryCommandOutput> {
    const command = new QueryCommand({ TableName: this.name, ConsistentRead: true, ...SIGNED, ...input })
    return this.#runSigned('Query', (options) => this.#client.send(command, options))
  }

  /** @returns `false` where the condition does not hold. */
  async put(input: WithoutTable<PutItemCommandInput>): Promise<boolean> {
    const command = new PutItemCommand({ TableName: this.name, ...SIGNED, ...input })
    return isApplied(this.#runSigned('PutItem', (options) => this.#client.send(command, options)))
  }

  /** @returns `false` where the condition does not hold. */
  async update(input: ItemUpdate): Promise<boolean> {
    return (await this.updateAndReturn(input)) !== undefined
  }

  /** @returns The attributes that `ReturnValues` asks for; undefined where the condition does not hold. */
  async updateAndReturn(input: ItemUpdate): Promise<Item | undefined> {
    const command = new UpdateItemCommand({ TableName: this.name, ...SIGNED, ...input })
    const update = this.#runSigned('UpdateItem', (options) => this.#client.send(command, options))
    return (await isApplied(update)) ? ((await update).Attributes ?? {}) : undefined
  }

  /** @returns `false` where the condition does not hold. */
  async delete(input: WithoutTable<DeleteItemCommandInput>): Promise<boolean> {
    const command = new DeleteItemCommand({ TableName: this.name, ...SIGNED, ...input })
    return isApplied(this.#runSigned('DeleteItem', (options) => this.#client.send(command, options)))
  }

  /** Deletes at most 25 items. */
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

  /** @throws DynamoDBStoreError if a call fails, times out, or is answered by something other than DynamoDB. */
  async #runSigned<Output extends { ConsumedCapacity?: unknown }>(
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
    // The SDK ignores the signal while it resolves credentials or waits for a retry.
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
    `${operation} on table ${tableName} was answered with HTTP 200, but not by DynamoDB`,
  )

async function isApplied(write: Promise<unknown>): Promise<boolean> {
  try {
    await write
    return true
  } catch (error) {
    if ((error as DynamoDBStoreError).code === 'ConditionalCheckFailedException') return false
    throw error
  }
}

/** Converts a time `ms` milliseconds from now to the table's TTL attribute: seconds since the epoch, rounded up. */
export const toTtl = (ms: number): AttributeValue => ({ N: String(Math.ceil((Date.now() + ms) / 1000)) })

/** Returns the current time in seconds since the epoch, to compare with values of {@link toTtl}. */
export const now = (): number => Date.now() / 1000

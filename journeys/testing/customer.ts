import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import {
  ElicitRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { textOf } from '@portico-example/testing/examples'
import type { Random } from '@portico-example/testing/random'
import { vi } from 'vitest'
import { Line } from './line.ts'

const shelfOf = (name: string): string => `bakery://shelves/${name}`
// a machine may be busy
const TIMEOUT_MS = 120_000
const MINUTES = 20

const reconnectionOptions = {
  initialReconnectionDelay: 50,
  maxReconnectionDelay: 200,
  reconnectionDelayGrowFactor: 1.5,
  maxRetries: 1000,
}

/** A call that was not answered. */
export interface Failure {
  /** The call, as the proxy knows it. */
  call: string
  error: Error
}

/** A client of the bakery that knows what it may hear: whatever else it hears is in `wrong`. */
export class Customer {
  readonly name: string
  readonly wrong: string[] = []
  readonly failures: Failure[] = []
  /** What was announced, and acknowledged. */
  readonly announced: string[] = []
  /** What was heard of it. */
  readonly heard: string[] = []
  answered = 0
  /** How often others filled its shelf, as far as they know, and as far as it was told. */
  readonly shelf = { filled: 0, maybeFilled: 0, told: 0 }
  #orders = 0
  #asked = 0
  #announcements = 0
  #lostOrders = 0
  readonly #runs = new Map<string, number>()
  readonly #random: Random
  readonly #client: Client
  readonly #transport: StreamableHTTPClientTransport
  readonly line: Line

  constructor(name: string, url: string, random: Random) {
    this.name = name
    this.#random = random
    this.line = new Line(({ method, params }) => this.#callOf(String(params?.name ?? method)))
    this.#client = new Client({ name, version: '1.0.0' }, { capabilities: { elicitation: {} } })
    this.#client.setRequestHandler(ElicitRequestSchema, async () => {
      this.#asked += 1
      return { action: 'accept', content: { bread: `${name}-${this.#asked}` } }
    })
    this.#client.setNotificationHandler(
      LoggingMessageNotificationSchema,
      ({ params }) => void this.heard.push(String(params.data)),
    )
    this.#client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
      this.#expect(params.uri === shelfOf(name), `told of ${params.uri}`)
      this.shelf.told += 1
    })
    this.#transport = new StreamableHTTPClientTransport(new URL(url), {
      fetch: this.line.fetch,
      reconnectionOptions,
    })
  }

  async connect(): Promise<void> {
    await this.#client.connect(this.#transport)
    // a question of two calls at once needs it
    await vi.waitUntil(() => this.line.openStreams === 1, { timeout: 60_000 })
    await this.#client.subscribeResource({ uri: shelfOf(this.name) })
  }

  /** Does one thing, or two at once; some of them concern the shelves of others. */
  async act(others: readonly Customer[]): Promise<void> {
    const fill = () => this.fill(this.#random.pick(others))
    const acts = [this.greet, this.order, this.bake, this.announce, fill]
    const first = this.#random.pick(acts)
    const second = this.#random.pick(acts.filter((act) => act !== first))
    await Promise.all([first(), ...(this.#random.below(4) === 0 ? [second()] : [])])
  }

  readonly greet = async (): Promise<void> => {
    const greeting = await this.#call('greet')
    if (greeting !== undefined) this.#expect(greeting.startsWith(`Hello ${this.name}, from node `), greeting)
  }

  readonly order = async (): Promise<void> => {
    const before = this.#asked
    this.#orders += 1
    const bread = await this.#call('order')
    if (bread === undefined) this.#lostOrders += 1
    else {
      const number = Number(bread.replace(`One ${this.name}-`, ''))
      this.#expect(number > before && number <= this.#asked, `ordered: ${bread}`)
    }
  }

  readonly bake = async (): Promise<void> => {
    const heard: number[] = []
    const baked = await this.#call('bake', { minutes: MINUTES }, (minute) => heard.push(minute))
    const expected = Array.from({ length: MINUTES }, (_, index) => index + 1)
    const isWhole = heard.length === MINUTES || baked === undefined
    this.#expect(isWhole && heard.every((minute, index) => minute === expected[index]), `baked: ${heard}`)
    if (baked !== undefined) this.#expect(baked === 'Baked', baked)
  }

  readonly announce = async (): Promise<void> => {
    this.#announcements += 1
    const text = `${this.name}: ${this.#announcements}`
    if ((await this.#call('announce', { text })) !== undefined) this.announced.push(text)
  }

  async fill({ name, shelf }: Customer): Promise<void> {
    const filled = await this.#call('fill', { bread: name })
    shelf.maybeFilled += 1
    if (filled !== undefined) shelf.filled += 1
  }

  /** Whether everything that was acknowledged has arrived. */
  get isUpToDate(): boolean {
    return this.announced.every((text) => this.heard.includes(text)) && this.shelf.told >= this.shelf.filled
  }

  /** Whether it waits for nothing any more, but for what comes on its standalone stream. */
  get isAtRest(): boolean {
    return this.isUpToDate && this.line.openStreams === 1
  }

  /** Looks at what was heard in the end. */
  check(): void {
    const numbers = this.heard.map((text) => Number(text.replace(`${this.name}: `, '')))
    this.#expect(
      numbers.every((number, index) => number > (numbers[index - 1] ?? 0) && number <= this.#announcements),
      `heard: ${this.heard}`,
    )
    this.#expect(this.isUpToDate, `announced: ${this.announced}, heard: ${this.heard}`)
    this.#expect(this.shelf.told <= this.shelf.maybeFilled, `the shelf: ${JSON.stringify(this.shelf)}`)
    this.#expect(this.isAtRest, `${this.line.openStreams} streams are open`)
    const answered = this.#orders - this.#lostOrders
    this.#expect(
      this.#asked >= answered && this.#asked <= this.#orders,
      `asked ${this.#asked} times for ${this.#orders} orders, of which ${this.#lostOrders} were lost`,
    )
  }

  /** Ends the session. */
  async leave(): Promise<void> {
    await this.#transport.terminateSession()
    await this.close()
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  async #call(
    name: string,
    args: Record<string, unknown> = {},
    onprogress?: (progress: number) => void,
  ): Promise<string | undefined> {
    this.#runs.set(name, (this.#runs.get(name) ?? 0) + 1)
    try {
      const result = await this.#client.callTool({ name, arguments: args }, undefined, {
        timeout: TIMEOUT_MS,
        ...(onprogress && { onprogress: ({ progress }) => onprogress(progress) }),
      })
      this.answered += 1
      return textOf(result as { content: { text: string }[] })
    } catch (error) {
      this.failures.push({ call: this.#callOf(name), error: error as Error })
      return undefined
    }
  }

  // a customer has each of them once at a time
  #callOf(name: string): string {
    return `${this.name} ${name} ${this.#runs.get(name)}`
  }

  #expect(holds: boolean, what: string): void {
    if (!holds) this.wrong.push(`${this.name}: ${what}`)
  }
}

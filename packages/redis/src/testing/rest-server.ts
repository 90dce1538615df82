import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClient } from 'redis'

export const TOKEN = 'a-token-of-the-rest-api'

const connectTo = (url: string) => createClient({ url, RESP: 2 }).on('error', () => {})
type Client = ReturnType<typeof connectTo>

/**
 * Stands in for Upstash: its REST protocol in front of a real Redis. It has commands, pipelines, subscriptions over
 * server-sent events, errors, tokens and base64, as the official client asks for them.
 */
export class RestServer {
  /** What each command request carried. */
  readonly requests: string[][] = []
  readonly #redis: string
  readonly #client: Client
  readonly #server: Server
  readonly #subscriptions = new Map<ServerResponse, string>()

  private constructor(redis: string, client: Client) {
    this.#redis = redis
    this.#client = client
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: Error) => {
        // A subscription may fail after its stream was opened.
        if (response.headersSent) response.destroy()
        else this.#send(response, 400, { error: error.message })
      })
    })
  }

  static async start(redis: string): Promise<RestServer> {
    const server = new RestServer(redis, await connectTo(redis).connect())
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** The number of subscriptions to a channel. */
  countSubscriptions(channel: string): number {
    return [...this.#subscriptions.values()].filter((one) => one === channel).length
  }

  /** Ends all subscriptions, as a service does that restarts. */
  endSubscriptions(): void {
    for (const response of this.#subscriptions.keys()) response.end()
  }

  async stop(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    if (this.#client.isOpen) this.#client.destroy()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      return this.#send(response, 401, { error: 'WRONGPASS invalid or missing auth token' })
    }
    const [, route = '', channel = ''] = (request.url ?? '').split('/')
    if (route === 'subscribe') return this.#subscribe(decodeURIComponent(channel), response)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = JSON.parse(Buffer.concat(chunks).toString())
    const isEncoded = request.headers['upstash-encoding'] === 'base64'
    const run = async (command: unknown[]) => {
      this.requests.push(command.map(String))
      const result = await this.#client.sendCommand(command.map(String))
      return { result: isEncoded ? encode(result) : result }
    }
    if (route === '') return this.#send(response, 200, await run(body))
    const replies: object[] = []
    for (const command of body) replies.push(await run(command).catch(({ message }) => ({ error: message })))
    this.#send(response, 200, replies)
  }

  async #subscribe(channel: string, response: ServerResponse): Promise<void> {
    const subscriber = await connectTo(this.#redis).connect()
    if (response.destroyed) return subscriber.destroy()
    this.#subscriptions.set(response, channel)
    response.once('close', () => {
      this.#subscriptions.delete(response)
      if (subscriber.isOpen) subscriber.destroy()
    })
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    await subscriber.subscribe(channel, (message) =>
      response.write(`data: message,${channel},${message}\n\n`),
    )
    response.write(`data: subscribe,${channel},1\n\n`)
  }

  #send(response: ServerResponse, status: number, body: object): void {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
}

function encode(result: unknown): unknown {
  if (Array.isArray(result)) return result.map(encode)
  return typeof result === 'string' && result !== 'OK' ? Buffer.from(result).toString('base64') : result
}

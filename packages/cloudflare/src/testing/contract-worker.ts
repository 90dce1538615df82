import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import type { ReleaseClaim } from '@portico-mcp/sessions'
import { type Cloudflare, cloudflare } from '../index.ts'
import { type ObjectNamespace, type PlatformSocket, platform } from '../platform.ts'
import type { Call, Reply, SubjectOptions } from './remote.ts'

interface Env {
  PORTICO: ObjectNamespace
  LOST: ObjectNamespace
}

/** What one WebSocket calls. All of it happens in one request, as what a node of a cluster does for one. */
class Subject {
  readonly #parts: Record<string, object>
  readonly #held = new Map<number, { [method: string]: (...args: never[]) => unknown }>()
  readonly #send: (reply: Reply) => void

  constructor(
    portico: Cloudflare,
    { ttlMs, maxEventsPerStream }: SubjectOptions,
    send: (reply: Reply) => void,
  ) {
    this.#send = send
    this.#parts = {
      sessionStore: portico.sessionStore(),
      eventStore: portico.eventStore({ ttlMs, maxEventsPerStream }),
      taskStore: portico.taskStore,
      oauthStore: portico.oauthStore,
      rateLimitStore: portico.rateLimitStore,
      sessionBus: portico.sessionBus(),
      bus: portico.bus,
      own: this,
    }
  }

  async call({ id, part, method, args }: Call): Promise<void> {
    try {
      const target = (this.#held.get(Number(part)) ?? this.#parts[part]) as Record<
        string,
        (...args: unknown[]) => unknown
      >
      const value = await (method in this
        ? this[method as 'claim'](id, ...(args as [never]))
        : target[method]?.(...args))
      this.#send({ id, value })
    } catch (error) {
      this.#send({ id, error: String(error) })
    }
  }

  async claim(id: number, name: string, ttlMs: number): Promise<boolean> {
    const { sessionStore } = this.#parts as { sessionStore: ReturnType<Cloudflare['sessionStore']> }
    const release: ReleaseClaim | undefined = await sessionStore.claimSession?.(name, ttlMs)
    if (release) this.#held.set(id, { release: () => release(), renew: (ms: number) => release.renew?.(ms) })
    return release !== undefined
  }

  async listen(id: number, channel: string): Promise<void> {
    const { sessionBus } = this.#parts as { sessionBus: ReturnType<Cloudflare['sessionBus']> }
    const stop = await sessionBus.listen(channel, (message) => this.#send({ id, heard: message }))
    this.#held.set(id, { stop })
  }

  subscribe(id: number): void {
    const { bus } = this.#parts as { bus: Cloudflare['bus'] }
    this.#held.set(id, { stop: bus.subscribe((event) => this.#send({ id, heard: event })) })
  }

  async replay(_: number, after: string): Promise<[string, [string, JSONRPCMessage][]]> {
    const { eventStore } = this.#parts as { eventStore: ReturnType<Cloudflare['eventStore']> }
    const events: [string, JSONRPCMessage][] = []
    const send = async (eventId: string, message: JSONRPCMessage): Promise<void> =>
      void events.push([eventId, message])
    return [await eventStore.replayEventsAfter(after, { send }), events]
  }
}

/** Passes a request on to an object, as `cloudflare()` would send it. */
async function askObject(request: Request, { PORTICO }: Env): Promise<Response> {
  const { searchParams, pathname } = new URL(request.url)
  if (pathname === '/tables') {
    return PORTICO.getByName(String(searchParams.get('object'))).fetch('https://object/tables')
  }
  if (request.method === 'GET') {
    const query = `?after=${searchParams.get('after')}`
    return PORTICO.getByName(String(searchParams.get('object'))).fetch(`https://object/${query}`, {
      headers: { upgrade: 'websocket' },
    })
  }
  const [name, ...call] = (await request.json()) as [string, ...unknown[]]
  return PORTICO.getByName(name).fetch('https://object/', { method: 'POST', body: JSON.stringify(call) })
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    if (new URL(request.url).hostname === 'object') return askObject(request, env)
    const options = JSON.parse(new URL(request.url).searchParams.get('options') ?? '{}') as SubjectOptions
    const { 0: client, 1: server } = new platform.WebSocketPair()
    server.accept()
    const portico = cloudflare(options.isLost ? env.LOST : env.PORTICO, { timeoutMs: 10_000 })
    const subject = new Subject(portico, options, (reply) =>
      (server as PlatformSocket).send(JSON.stringify(reply)),
    )
    server.addEventListener('message', ({ data }) => void subject.call(JSON.parse(String(data))))
    return new Response(null, { status: 101, webSocket: client } as ResponseInit)
  },
}

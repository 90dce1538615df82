import type {
  LegacyContext,
  LegacyHandler,
  LegacyTransport,
  McpHandlerRequestOptions,
  ServerEventBus,
} from '@portico-mcp/core'
import { type SessionsOptions, sessions } from '@portico-mcp/sessions'
import { waitUntil } from '#wait-until'
import type { DurableEventStoreOptions } from './client/event-store.ts'
import type { Cloudflare } from './cloudflare.ts'
import { skipEarlyTouches } from './skip-early-touches.ts'
import { watchEnd } from './watch-end.ts'

/** Options of {@link cloudflareSessions}: those of `sessions()`, whose stores and bus are given. */
export interface CloudflareSessionsOptions
  extends Omit<SessionsOptions, 'store' | 'eventStore' | 'bus' | 'checkIntervalMs' | 'maxSessions'> {
  /**
   * Whether clients can resume broken streams, and how many events are stored for it, how long. Storing costs two calls of
   * the session's object for each message of a stream. @defaultValue true
   */
  resumable?: boolean | DurableEventStoreOptions | undefined
}

/** Milliseconds that a call may go on after its client has left: Workers end it then. */
const LINGER_MS = 30_000

/**
 * Serves 2025-era clients with sessions in Durable Objects, on any isolate. Pass the result as the `legacy` option of
 * `createMcpHandler`.
 *
 * Workers allow nothing that outlives a request, so each request is served as a node of a cluster would serve it: it reads
 * the session, builds its server with the handler's factory, and repeats the handshake of the client. Requests of one
 * session reach each other by its object. What a server keeps in memory is gone with the request.
 *
 * @param portico - The result of `cloudflare()`.
 * @param options - See {@link CloudflareSessionsOptions}.
 * @throws TypeError for an unknown option, or a value of the wrong type.
 * @throws RangeError if a number is out of range.
 */
export function cloudflareSessions(
  portico: Cloudflare,
  options: CloudflareSessionsOptions = {},
): LegacyTransport {
  const { resumable = true, ...rest } = options
  const build = (): LegacyTransport =>
    sessions({
      ...rest,
      store: skipEarlyTouches(portico.sessionStore({ ttlMs: options.idleTimeoutMs })),
      eventStore: resumable === false ? undefined : portico.eventStore(resumable === true ? {} : resumable),
      bus: portico.sessionBus(),
    })
  // Options are checked when the handler is created.
  build()
  return { create: (context) => createHandler(context, build) }
}

function createHandler(context: LegacyContext, build: () => LegacyTransport): LegacyHandler {
  const nodes = new Set<LegacyHandler>()
  const open = (bus: ServerEventBus): LegacyHandler =>
    build().create({ ...context, settings: { ...context.settings, bus } })
  const { bus } = context.settings

  return {
    methods: ['GET', 'DELETE'],
    bus: {
      // A queue of one request must not wait for another request, so each publication has its own.
      publish: (event) => waitUntil(Promise.resolve(open(bus).bus?.publish(event))),
      subscribe: (listener) => bus.subscribe(listener),
    },
    async fetch(request, options) {
      // Only a GET stream passes changes on.
      const node = open(request.method === 'GET' ? bus : withoutListening(bus))
      nodes.add(node)
      return serve(node, request, options, () => nodes.delete(node))
    },
    async close() {
      await Promise.all([...nodes].map((node) => node.close?.()))
    },
  }
}

const withoutListening = (bus: ServerEventBus): ServerEventBus => ({
  publish: (event) => bus.publish(event),
  subscribe: () => () => {},
})

/** Serves a request, and closes its node after the response has been read and its calls have ended. */
async function serve(
  node: LegacyHandler,
  request: Request,
  options: McpHandlerRequestOptions,
  onclose: () => void,
): Promise<Response> {
  const close = async (): Promise<void> => {
    await node.drain?.(AbortSignal.timeout(LINGER_MS))
    await node.close?.()
    onclose()
  }
  try {
    const { response, ended } = watchEnd(await node.fetch(request, options))
    waitUntil(ended.then(close))
    return response
  } catch (error) {
    waitUntil(close())
    throw error
  }
}

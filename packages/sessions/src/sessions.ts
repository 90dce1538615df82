import type {
  LegacyContext,
  LegacyHandler,
  LegacyTransport,
  McpHandlerRequestOptions,
} from '@portico-mcp/core'
import { identifyPrincipal, keepAlive } from '@portico-mcp/core/internal'
import type { ClusterNode } from './cluster/cluster-node.ts'
import { warnOfManyInstances } from './cluster/warn-of-many-instances.ts'
import { listSessions, type SessionSummary } from './list-sessions.ts'
import { LocalSessions, TTL_SLACK } from './local-sessions.ts'
import { readOptions, type SessionsOptions, type SessionsSettings } from './options.ts'
import { sessionEnded, wrapStoreErrors } from './refusals.ts'
import { serveInSession } from './serve-in-session.ts'
import type { Session } from './session.ts'
import { InMemorySessionStore } from './store/in-memory-session-store.ts'
import { createStoreRepository, type SessionRepository } from './store/session-repository.ts'
import { createChangeFeed } from './streams/change-feed.ts'
import { handleGet } from './streams/handle-get.ts'
import { handlePost } from './transport/handle-post.ts'

/** A {@link LegacyTransport} with sessions, which can be listed and ended. */
export interface SessionsServing extends LegacyTransport {
  /** The number of sessions that this process holds. */
  readonly size: number
  /** Lists the sessions that this process holds. The most recently used one comes last. */
  list(): Promise<SessionSummary[]>
  /**
   * Ends a session on every node, as DELETE does.
   *
   * @param id - The `id` of an entry of `list()`, which is not the session id.
   * @returns False if this process does not hold the session, or if its store cannot end sessions
   *   (`encryptedSessionIds`).
   */
  end(id: string): Promise<boolean>
}

/**
 * Serves 2025-era clients with sessions. Pass the result as the `legacy` option of `createMcpHandler`. Requests of
 * 2026-07-28 are still served without a session.
 *
 * Each session has its own server, built by the handler's factory, and belongs to the caller that opened it. A request
 * without a session id gets 400. A request with the id of a session that is unknown, has ended or belongs to another
 * caller gets 404 (-32001). If all sessions are busy or the store cannot be reached, the answer is 503 with
 * `Retry-After`.
 *
 * @param options - See {@link SessionsOptions}.
 * @throws RangeError if a number is out of range.
 * @throws TypeError for an unknown option, a value of the wrong type, or a `bus` without a `store`.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { sessions } from '@portico-mcp/sessions'
 *
 * export const handler = createMcpHandler(() => new McpServer({ name: 'stateful', version: '1.0.0' }), {
 *   legacy: sessions({ idleTimeoutMs: 10 * 60_000 }),
 * })
 * ```
 */
export function sessions(options: SessionsOptions = {}): SessionsServing {
  const settings = readOptions(options)
  if (!settings.store || settings.store instanceof InMemorySessionStore) warnOfManyInstances()
  const nodes: ClusterNode[] = []
  const list = (): Promise<[SessionSummary, Session][]> =>
    listSessions(nodes.flatMap(({ localSessions }) => [...localSessions]))
  return {
    get size() {
      return nodes.reduce((sum, { localSessions }) => sum + localSessions.size, 0)
    },
    list: async () => (await list()).map(([summary]) => summary),
    async end(id) {
      const [, session] = (await list()).find(([summary]) => summary.id === id) ?? []
      if (!session?.node.repository.isMutable) return false
      await endSession(session)
      return true
    },
    create(handlerContext) {
      const node = createNode(handlerContext, settings)
      nodes.push(node)
      return createLegacyHandler(node)
    },
  }
}

function createNode(handlerContext: LegacyContext, settings: SessionsSettings): ClusterNode {
  // Cloudflare Workers offer no random numbers outside of a request, so the id is created with the first one.
  let id: string | undefined
  const localSessions: LocalSessions = new LocalSessions(() => node)
  const node: ClusterNode = {
    get id() {
      id ??= crypto.randomUUID()
      return id
    },
    handlerContext,
    settings,
    repository: createRepository(settings),
    keepAlive: keepAlive(handlerContext.settings.keepAliveMs),
    localSessions,
    changeFeed: createChangeFeed(
      handlerContext.settings.bus,
      settings.eventStore,
      {
        onevent: (event) => {
          for (const session of localSessions) session.streams.announce(event)
        },
        ongap: () => {
          // Clients that reconnect are notified of every change that they asked for.
          for (const session of localSessions) session.streams.getStream?.end()
        },
      },
      handlerContext.report,
    ),
    getOwner: settings.owner ?? (({ authInfo }) => identifyPrincipal(authInfo)),
  }
  return node
}

function createLegacyHandler(node: ClusterNode): LegacyHandler {
  return {
    methods: node.repository.isMutable ? ['GET', 'DELETE'] : ['GET'],
    bus: node.changeFeed.bus,
    fetch: (request, options) => {
      if (request.method === 'GET') return handleGet(node, request, options)
      return request.method === 'DELETE'
        ? handleDelete(node, request, options)
        : handlePost(node, request, options)
    },
    drain: (enough) => node.localSessions.drain(enough),
    async close() {
      await node.localSessions.close()
      node.changeFeed.close()
    },
  }
}

function createRepository({ store, idleTimeoutMs, sessionIdGenerator }: SessionsSettings): SessionRepository {
  if (store && 'encrypted' in store) return store.encrypted
  const ttlMs = idleTimeoutMs * (1 + TTL_SLACK)
  // The records are bounded by `maxSessions` of this node.
  const own = new InMemorySessionStore({ maxSessions: Number.POSITIVE_INFINITY, ttlMs })
  return createStoreRepository(store ?? own, {
    isLocal: store === undefined,
    ttlMs,
    generate: sessionIdGenerator,
  })
}

/** Serves DELETE: the client ends its session (2025-11-25 transports). */
function handleDelete(
  node: ClusterNode,
  request: Request,
  options: McpHandlerRequestOptions,
): Promise<Response> {
  return serveInSession(node, request, options, async (session) => {
    await endSession(session)
    return new Response(null, { status: 200 })
  })
}

/** Ends a session on every node. */
async function endSession(session: Session): Promise<void> {
  const { node } = session
  await wrapStoreErrors(node.repository.remove(session.loaded))
  await session.broadcast({ kind: 'sessionEnded' })
  await session.drop(sessionEnded())
  await node.settings.eventStore?.deleteEvents?.(session.key).catch(node.handlerContext.report)
}

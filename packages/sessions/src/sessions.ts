import type {
  LegacyContext,
  LegacyHandler,
  LegacyTransport,
  McpHandlerRequestOptions,
} from '@portico-mcp/core'
import { keepAlive, principalOf } from '@portico-mcp/core/internal'
import type { ClusterNode } from './cluster/cluster-node.ts'
import { warnOfManyInstances } from './cluster/many-instances.ts'
import { inSession } from './find.ts'
import { listed, type SessionSummary } from './listed.ts'
import { LocalSessions, SLACK } from './local-sessions.ts'
import { readOptions, type SessionsOptions, type SessionsSettings } from './options.ts'
import { reached, sessionEnded } from './refusals.ts'
import type { Session } from './session.ts'
import { InMemorySessionStore } from './store/in-memory-session-store.ts'
import { type Records, storedRecords } from './store/records.ts'
import { hearChanges } from './streams/changes.ts'
import { listen } from './streams/listen.ts'
import { post } from './transport/post.ts'

/** Serves 2025-era clients with sessions, and says which there are. */
export interface SessionsServing extends LegacyTransport {
  /** How many sessions this process holds. */
  readonly size: number
  /** The sessions that this process holds, the latest used last. */
  list(): Promise<SessionSummary[]>
  /**
   * Ends a session on every node, as its client does with DELETE.
   *
   * @param id - As `list` names it; not the session id.
   * @returns False where this process holds none of it, or where sessions are kept in their ids (`encryptedSessionIds`).
   */
  end(id: string): Promise<boolean>
}

/**
 * Serves 2025-era clients with sessions: a value of the `legacy` option of `createMcpHandler`, which goes on
 * serving 2026-07-28 without any.
 *
 * A session has a server of its own, from the handler's factory, and belongs to whoever opened it. Requests
 * without a session id are answered 400; an id that is unknown, has ended or is another's, 404 (-32001); where
 * every session is busy, or the store cannot be reached, 503 with `Retry-After`.
 *
 * @param options - See {@link SessionsOptions}.
 * @throws RangeError for an option that is out of its range, TypeError for a bus between nodes that share no store.
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
  const attached: ClusterNode[] = []
  const list = (): Promise<[SessionSummary, Session][]> => listed(attached.flatMap(({ live }) => [...live]))
  return {
    get size() {
      return attached.reduce((sum, { live }) => sum + live.size, 0)
    },
    list: async () => (await list()).map(([summary]) => summary),
    async end(id) {
      const [, session] = (await list()).find(([summary]) => summary.id === id) ?? []
      if (!session?.node.records.mutable) return false
      await endSession(session)
      return true
    },
    create(host) {
      const node = openNode(host, settings)
      attached.push(node)
      return openLeg(node)
    },
  }
}

function openNode(host: LegacyContext, settings: SessionsSettings): ClusterNode {
  // not before there is a request: Workers have no randomness outside of one
  let id: string | undefined
  const live: LocalSessions = new LocalSessions(() => node)
  const node: ClusterNode = {
    get id() {
      id ??= crypto.randomUUID()
      return id
    },
    host,
    settings,
    records: recordsOf(settings),
    keepAlive: keepAlive(host.settings.keepAliveMs),
    live,
    changes: hearChanges(
      host.settings.bus,
      settings.eventStore,
      {
        onevent: (event) => {
          for (const session of live) session.streams.announce(event)
        },
        ongap: () => {
          // a client that comes back is told of everything
          for (const session of live) session.streams.standalone?.end()
        },
      },
      host.report,
    ),
    ownerOf: settings.owner ?? (({ authInfo }) => principalOf(authInfo)),
  }
  return node
}

function openLeg(node: ClusterNode): LegacyHandler {
  return {
    methods: node.records.mutable ? ['GET', 'DELETE'] : ['GET'],
    bus: node.changes.bus,
    fetch: (request, options) => {
      if (request.method === 'GET') return listen(node, request, options)
      return request.method === 'DELETE' ? end(node, request, options) : post(node, request, options)
    },
    drain: (enough) => node.live.drain(enough),
    async close() {
      await node.live.close()
      node.changes.close()
    },
  }
}

function recordsOf({ store, idleTimeoutMs, sessionIdGenerator }: SessionsSettings): Records {
  if (store && 'encrypted' in store) return store.encrypted
  const ttlMs = idleTimeoutMs * (1 + SLACK)
  // it is bounded by what the node holds
  const own = new InMemorySessionStore({ maxSessions: Number.POSITIVE_INFINITY, ttlMs })
  return storedRecords(store ?? own, { own: store === undefined, ttlMs, generate: sessionIdGenerator })
}

/** A client ends its session (2025-11-25 transports). */
function end(node: ClusterNode, request: Request, options: McpHandlerRequestOptions): Promise<Response> {
  return inSession(node, request, options, async (session) => {
    await endSession(session)
    return new Response(null, { status: 200 })
  })
}

/** Ends a session on every node. */
async function endSession(session: Session): Promise<void> {
  const { node } = session
  await reached(node.records.remove(session.found))
  await session.tell({ kind: 'ended' })
  await session.drop(sessionEnded())
  await node.settings.eventStore?.deleteEvents?.(session.key).catch(node.host.report)
}

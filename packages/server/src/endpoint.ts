import {
  createMcpHandler,
  type FetchHandler,
  type McpHttpHandler,
  type McpServerLike,
  type ServerNotifier,
} from '@portico-mcp/core'
import { cleanUp, unwrapServer, wrap } from '@portico-mcp/core/internal'
import { type SessionBus, type SessionsServing, sessions } from '@portico-mcp/sessions'
import { type Tasks, tasks } from '@portico-mcp/tasks'
import { noNotifications, toFactory } from './definition.ts'
import { HTTPServerError, withOptionErrors } from './http-server-error.ts'
import type { HTTPServerContext, HTTPServerFactory, HTTPServerInput } from './input.ts'
import { HANDLER_OPTIONS, type Settings } from './read-options.ts'
import type { RequestTracker } from './request-tracker.ts'

/** The sessions that an endpoint has open. */
export type EndpointSessions = Pick<SessionsServing, 'size' | 'list' | 'end'>

/** The MCP endpoint of a server, with nothing in front of it. */
export interface Endpoint extends FetchHandler {
  close(options: { drainTimeoutMs?: number }): Promise<void>
  notify: ServerNotifier
  mode: 'stateless' | 'stateful' | 'custom'
  /** The sessions of 2025-era clients; undefined without `stateless: false`. */
  sessions: EndpointSessions | undefined
  /** The tasks of the option `tasks`. */
  tasks: Tasks | undefined
}

/**
 * Creates the endpoint that serves an input. Without `auth` it builds one server, so that errors of the factory show
 * before the server listens; with `auth` a factory may need a caller.
 *
 * @throws What the factory throws, and HTTPServerError if it does not return a server.
 */
export async function createEndpoint(
  input: HTTPServerInput,
  settings: Settings,
  tracker: RequestTracker,
  onerror: (error: Error) => void,
): Promise<Endpoint> {
  if ('fetch' in input) return serveHandler(input)
  const factory = typeof input === 'function' ? input : toFactory(input)
  const { stateless, logger } = settings
  const legacy = stateless ? undefined : withOptionErrors(undefined, () => createSessions(settings))
  const extension = withOptionErrors('tasks', () => createTasks(settings))
  const handler: McpHttpHandler = withOptionErrors(undefined, () =>
    createMcpHandler(
      ({ era, authInfo, requestInfo }) => factory({ era, authInfo, requestInfo, logger, notify }),
      {
        ...handlerOptions(settings),
        extensions: [...(settings.extensions ?? []), ...(extension ? [extension] : [])],
        legacy,
        onerror,
      },
    ),
  )
  const { notify, close, fetch } = handler
  if (!settings.auth) {
    const context: HTTPServerContext = {
      era: 'modern',
      notify,
      get logger() {
        tracker.useStorage()
        return logger
      },
    }
    await buildOnce(factory, context)
  }
  const mode = stateless ? 'stateless' : 'stateful'
  return { fetch, close, notify, sessions: legacy, tasks: extension, mode }
}

function serveHandler(handler: FetchHandler & { close?: unknown; notify?: unknown }): Endpoint {
  const { close, notify } = handler
  return {
    fetch: wrap({ fetch: handler.fetch }, (request, options) => handler.fetch(request, options)).fetch,
    close: async (options) => {
      if (typeof close === 'function') await close.call(handler, options)
    },
    notify: (notify as ServerNotifier | undefined) ?? noNotifications,
    sessions: undefined,
    tasks: undefined,
    mode: 'custom',
  }
}

function createSessions(settings: Settings): SessionsServing {
  const { sessionStore, eventStore, sessionTimeout, requireProtocolVersion, bus } = settings
  return sessions({
    requireProtocolVersion,
    store: sessionStore,
    bus: sessionStore && bus && 'listen' in bus ? (bus as SessionBus) : undefined,
    eventStore,
    idleTimeoutMs: sessionTimeout,
  })
}

function createTasks({ tasks: option }: Settings): Tasks | undefined {
  if (!option) return undefined
  return tasks(option === true ? { promoteAfterMs: 10_000 } : option)
}

const handlerOptions = (settings: Settings): object =>
  Object.fromEntries(HANDLER_OPTIONS.map((name) => [name, settings[name]]))

async function buildOnce(factory: HTTPServerFactory, context: HTTPServerContext): Promise<void> {
  const server: McpServerLike | undefined = unwrapServer(await factory(context))
  if (typeof server?.connect !== 'function' || typeof server.close !== 'function') {
    throw new HTTPServerError('invalid-input', 'the factory must return a server: connect() and close()')
  }
  await server.close()
  await cleanUp(server)
}

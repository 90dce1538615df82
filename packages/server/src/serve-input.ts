import {
  createMcpHandler,
  type FetchHandler,
  type McpHttpHandler,
  type McpServerLike,
  type ServerNotifier,
} from '@portico-mcp/core'
import { cleanUp, serverOf } from '@portico-mcp/core/internal'
import { type SessionBus, type SessionsServing, sessions } from '@portico-mcp/sessions'
import { HTTPServerError, reading } from './http-server-error.ts'
import type { HTTPServerContext, HTTPServerDefinition, HTTPServerFactory, HTTPServerInput } from './input.ts'
import { MCPServer } from './mcp-server.ts'
import { HANDLER_OPTIONS, type Settings } from './read-options.ts'

/** The MCP endpoint, with nothing in front of it. */
export interface Served extends FetchHandler {
  close(options: { drainTimeoutMs?: number }): Promise<void>
  notify: ServerNotifier
  mode: 'stateless' | 'stateful' | 'custom'
  /** Sessions, where 2025-era clients have them. */
  sessions: SessionsServing | undefined
}

/**
 * Makes an endpoint of what is to be served, and has one server built, unless it takes a caller to do so.
 *
 * @throws what the factory does, and HTTPServerError for what it returns that is no server.
 */
export async function serveInput(
  input: HTTPServerInput,
  settings: Settings,
  onerror: (error: Error) => void,
): Promise<Served> {
  if ('fetch' in input) return serveHandler(input)
  const factory = typeof input === 'function' ? input : factoryOf(input)
  const { stateless, logger } = settings
  const legacy = stateless ? undefined : reading(undefined, () => openSessions(settings))
  const handler: McpHttpHandler = reading(undefined, () =>
    createMcpHandler((context) => factory({ ...context, logger, notify: handler.notify }), {
      ...handlerOptions(settings),
      ...(legacy && { legacy }),
      onerror,
    }),
  )
  const { notify, close, fetch } = handler
  if (!settings.auth) await tryOut(factory, { era: 'modern', logger, notify })
  return { fetch, close, notify, sessions: legacy, mode: stateless ? 'stateless' : 'stateful' }
}

function serveHandler(handler: FetchHandler & { close?: unknown; notify?: unknown }): Served {
  const { close, notify } = handler
  return {
    fetch: (request, options) => handler.fetch(request, options),
    close: async (options) => {
      if (typeof close === 'function') await close.call(handler, options)
    },
    notify: (notify as ServerNotifier | undefined) ?? silence,
    sessions: undefined,
    mode: 'custom',
  }
}

const silence: ServerNotifier = {
  toolsChanged() {},
  promptsChanged() {},
  resourcesChanged() {},
  resourceUpdated() {},
}

function factoryOf(definition: HTTPServerDefinition): HTTPServerFactory {
  const { name, version, title, description, websiteUrl, icons, instructions, capabilities } = definition
  const said = { name, version, title, description, websiteUrl, icons, instructions, capabilities }
  return async (context) => {
    const server = new MCPServer(said)
    await definition.setup?.(server, context)
    return server
  }
}

function openSessions(settings: Settings): SessionsServing {
  const { sessionStore, eventStore, sessionTimeout, requireProtocolVersion, bus } = settings
  return sessions({
    ...(requireProtocolVersion !== undefined && { requireProtocolVersion }),
    ...(sessionStore && { store: sessionStore }),
    ...(sessionStore && bus && 'listen' in bus && { bus: bus as SessionBus }),
    ...(eventStore && { eventStore }),
    ...(sessionTimeout !== undefined && { idleTimeoutMs: sessionTimeout }),
  })
}

const handlerOptions = (settings: Settings): object =>
  Object.fromEntries(HANDLER_OPTIONS.map((name) => [name, settings[name]]))

async function tryOut(factory: HTTPServerFactory, context: HTTPServerContext): Promise<void> {
  const server: McpServerLike | undefined = serverOf(await factory(context))
  if (typeof server?.connect !== 'function' || typeof server.close !== 'function') {
    throw new HTTPServerError('invalid-input', 'the factory must return a server: connect() and close()')
  }
  await server.close()
  await cleanUp(server)
}

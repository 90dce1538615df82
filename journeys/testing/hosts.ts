import type { RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { type AuthorizedOptions, authorized, type DiscoverableOptions, discoverable } from '@portico-mcp/auth'
import type { FetchHandler } from '@portico-mcp/core'
import * as forExpress from '@portico-mcp/express'
import * as forFastify from '@portico-mcp/fastify'
import { type CorsOptions, cors, type GuardedOptions, guarded } from '@portico-mcp/guard'
import * as forHono from '@portico-mcp/hono'
import { toNodeHandler } from '@portico-mcp/node'
import type { FastifyInstance } from 'fastify'
import type { Hono } from 'hono'

/** An endpoint that takes tokens. */
export interface Endpoint {
  handler: FetchHandler
  gate: AuthorizedOptions
  metadata: DiscoverableOptions
}

type Listener = RequestListener | Promise<RequestListener>

/** How a framework serves an endpoint at `/mcp`, and its metadata. */
export type Host = (endpoint: Endpoint) => Listener

/** By handlers that wrap handlers, or by the middleware of a framework. */
export const hosts: Record<string, Host> = {
  'plain fetch': ({ handler, gate, metadata }) =>
    toNodeHandler(guarded(discoverable(authorized(handler, gate), metadata))),

  Express: ({ handler, gate, metadata }) => {
    const { createMcpExpressApp, mcpAuthMetadataRouter, toNodeHandler } = forExpress
    return createMcpExpressApp()
      .use(mcpAuthMetadataRouter(metadata))
      .all('/mcp', toNodeHandler(authorized(handler, gate)))
  },

  'Express, by middleware': ({ handler, gate, metadata }) => {
    const { createMcpExpressApp, mcpAuthMetadataRouter, requireBearerAuth, toNodeHandler } = forExpress
    const gates = gatesOf(gate).map(requireBearerAuth)
    return createMcpExpressApp()
      .use(mcpAuthMetadataRouter(metadata))
      .all('/mcp', (req, ...rest) => gates[gateFor(req.body)]!(req, ...rest), toNodeHandler(handler))
  },

  Hono: ({ handler, gate, metadata }) => {
    const { createMcpHonoApp, mcpAuthMetadataRouter, toHonoHandler } = forHono
    const app = createMcpHonoApp()
    app.use(mcpAuthMetadataRouter(metadata))
    app.all('/mcp', toHonoHandler(authorized(handler, gate)))
    return fromHono(app)
  },

  'Hono, by middleware': ({ handler, gate, metadata }) => {
    const { createMcpHonoApp, mcpAuthMetadataRouter, requireBearerAuth, toHonoHandler } = forHono
    const gates = gatesOf(gate).map(requireBearerAuth)
    const app = createMcpHonoApp()
    app.use(mcpAuthMetadataRouter(metadata))
    app.use('/mcp', (context, next) => gates[gateFor(context.get('parsedBody'))]!(context, next))
    app.all('/mcp', toHonoHandler(handler))
    return fromHono(app)
  },

  Fastify: ({ handler, gate, metadata }) => {
    const { createMcpFastifyApp, mcpAuthMetadataRouter, toFastifyHandler } = forFastify
    const app = createMcpFastifyApp()
    app.register(mcpAuthMetadataRouter(metadata))
    app.all('/mcp', toFastifyHandler(authorized(handler, gate)))
    return fromFastify(app)
  },

  'Fastify, by middleware': ({ handler, gate, metadata }) => {
    const { createMcpFastifyApp, mcpAuthMetadataRouter, requireBearerAuth, toFastifyHandler } = forFastify
    const gates = gatesOf(gate).map(requireBearerAuth)
    const app = createMcpFastifyApp()
    app.register(mcpAuthMetadataRouter(metadata))
    // not `onRequest`: there the body has not been parsed
    const preHandler: ReturnType<typeof requireBearerAuth> = (request, reply) =>
      gates[gateFor(request.body)]!(request, reply)
    app.all('/mcp', { preHandler }, toFastifyHandler(handler))
    return fromFastify(app)
  },
}

/** An endpoint that pages of some origins may use. */
export interface EndpointForPages extends Endpoint {
  allowedOrigins: string[]
  /** Bytes of a body. */
  maxRequestBodySize: number
}

/** How a framework serves an endpoint at `/mcp`, and its metadata, to pages. */
export const hostsForPages: Record<string, (endpoint: EndpointForPages) => Listener> = {
  'plain fetch': ({ handler, gate, metadata, allowedOrigins }) => {
    const readable = cors(discoverable(authorized(handler, gate), metadata), { allowedOrigins })
    return toNodeHandler(guarded(readable, { allowedOrigins }))
  },

  Express: ({ handler, gate, metadata, allowedOrigins, maxRequestBodySize }) => {
    const { createMcpExpressApp, mcpAuthMetadataRouter, toNodeHandler } = forExpress
    const cors = { allowedOrigins }
    return createMcpExpressApp({ allowedOrigins, cors, jsonLimit: maxRequestBodySize })
      .use(mcpAuthMetadataRouter(metadata))
      .all('/mcp', toNodeHandler(authorized(handler, gate)))
  },

  Hono: ({ handler, gate, metadata, allowedOrigins, maxRequestBodySize }) => {
    const { createMcpHonoApp, mcpAuthMetadataRouter, toHonoHandler } = forHono
    const app = createMcpHonoApp({ allowedOrigins, cors: { allowedOrigins }, maxRequestBodySize })
    app.use(mcpAuthMetadataRouter(metadata))
    app.all('/mcp', toHonoHandler(authorized(handler, gate)))
    return fromHono(app)
  },

  Fastify: ({ handler, gate, metadata, allowedOrigins, maxRequestBodySize }) => {
    const { createMcpFastifyApp, mcpAuthMetadataRouter, toFastifyHandler } = forFastify
    const app = createMcpFastifyApp({ allowedOrigins, cors: { allowedOrigins }, maxRequestBodySize })
    app.register(mcpAuthMetadataRouter(metadata))
    app.all('/mcp', toFastifyHandler(authorized(handler, gate)))
    return fromFastify(app)
  },
}

/** What protects an endpoint that takes no tokens. */
export type Protection = Pick<GuardedOptions, 'allowedHosts' | 'allowedOrigins' | 'onerror'> & {
  cors?: CorsOptions
}

/** How a framework serves a handler that takes no tokens, at `/mcp`. */
export const openHosts: Record<string, (handler: FetchHandler, protection?: Protection) => Listener> = {
  'plain fetch': (handler, { cors: readers, ...protection } = {}) =>
    toNodeHandler(guarded(readers ? cors(handler, readers) : handler, protection)),

  Express: (handler, protection) =>
    forExpress.createMcpExpressApp(protection).all('/mcp', forExpress.toNodeHandler(handler)),

  Hono: (handler, protection) =>
    fromHono(forHono.createMcpHonoApp(protection).all('/mcp', forHono.toHonoHandler(handler))),

  Fastify: (handler, protection) => {
    const app = forFastify.createMcpFastifyApp(protection)
    app.all('/mcp', forFastify.toFastifyHandler(handler))
    return fromFastify(app)
  },
}

const fromHono = (app: Hono): RequestListener =>
  getRequestListener(app.fetch, { overrideGlobalObjects: false })

async function fromFastify(app: FastifyInstance): Promise<RequestListener> {
  await app.ready()
  return (request, response) => app.routing(request, response)
}

// where no rules say which scopes an operation needs, an application does
const gatesOf = ({ scopes: _, ...gate }: AuthorizedOptions) => [
  gate,
  { ...gate, requiredScopes: ['notes:read', 'notes:write'] },
]
const gateFor = (body: any): number => Number(body?.params?.name === 'purge-notes')

import {
  type AuthOptions,
  type ResourceMetadataOptions,
  withAuth,
  withResourceMetadata,
} from '@portico-mcp/auth'
import type { FetchHandler } from '@portico-mcp/core'
import * as forExpress from '@portico-mcp/express'
import * as forFastify from '@portico-mcp/fastify'
import { withGuard } from '@portico-mcp/guard'
import * as forHono from '@portico-mcp/hono'
import { toNodeHandler } from '@portico-mcp/node'
import { fromFastify, fromHono, type Listener } from './listener.ts'

/** An endpoint that takes tokens. */
export interface Endpoint {
  handler: FetchHandler
  gate: AuthOptions
  metadata: ResourceMetadataOptions
}

/** How a framework serves an endpoint at `/mcp`, and its metadata. */
export type Host = (endpoint: Endpoint) => Listener

/** By handlers that wrap handlers, or by the middleware of a framework. */
export const hosts: Record<string, Host> = {
  'plain fetch': ({ handler, gate, metadata }) =>
    toNodeHandler(withGuard(withResourceMetadata(withAuth(handler, gate), metadata))),

  Express: ({ handler, gate, metadata }) => {
    const { createMcpExpressApp, mcpAuthMetadataRouter, toNodeHandler } = forExpress
    return createMcpExpressApp()
      .use(mcpAuthMetadataRouter(metadata))
      .all('/mcp', toNodeHandler(withAuth(handler, gate)))
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
    app.all('/mcp', toHonoHandler(withAuth(handler, gate)))
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
    app.all('/mcp', toFastifyHandler(withAuth(handler, gate)))
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

// where no rules say which scopes an operation needs, an application does
const gatesOf = ({ scopes: _, ...gate }: AuthOptions) => [
  gate,
  { ...gate, requiredScopes: ['notes:read', 'notes:write'] },
]
const gateFor = (body: any): number => Number(body?.params?.name === 'purge-notes')

import { withAuth, withResourceMetadata } from '@portico-mcp/auth'
import * as forExpress from '@portico-mcp/express'
import * as forFastify from '@portico-mcp/fastify'
import { withCors, withGuard } from '@portico-mcp/guard'
import * as forHono from '@portico-mcp/hono'
import { toNodeHandler } from '@portico-mcp/node'
import type { Endpoint } from './hosts.ts'
import { fromFastify, fromHono, type Listener } from './listener.ts'

/** An endpoint that pages of some origins may use. */
export interface EndpointForPages extends Endpoint {
  allowedOrigins: string[]
  /** Bytes of a body. */
  maxRequestBodySize: number
}

/** How a framework serves an endpoint at `/mcp`, and its metadata, to pages. */
export const hostsForPages: Record<string, (endpoint: EndpointForPages) => Listener> = {
  'plain fetch': ({ handler, gate, metadata, allowedOrigins }) => {
    const readable = withCors(withResourceMetadata(withAuth(handler, gate), metadata), { allowedOrigins })
    return toNodeHandler(withGuard(readable, { allowedOrigins }))
  },

  Express: ({ handler, gate, metadata, allowedOrigins, maxRequestBodySize }) => {
    const { createMcpExpressApp, mcpAuthMetadataRouter, toNodeHandler } = forExpress
    const cors = { allowedOrigins }
    return createMcpExpressApp({ allowedOrigins, cors, jsonLimit: maxRequestBodySize })
      .use(mcpAuthMetadataRouter(metadata))
      .all('/mcp', toNodeHandler(withAuth(handler, gate)))
  },

  Hono: ({ handler, gate, metadata, allowedOrigins, maxRequestBodySize }) => {
    const { createMcpHonoApp, mcpAuthMetadataRouter, toHonoHandler } = forHono
    const app = createMcpHonoApp({ allowedOrigins, cors: { allowedOrigins }, maxRequestBodySize })
    app.use(mcpAuthMetadataRouter(metadata))
    app.all('/mcp', toHonoHandler(withAuth(handler, gate)))
    return fromHono(app)
  },

  Fastify: ({ handler, gate, metadata, allowedOrigins, maxRequestBodySize }) => {
    const { createMcpFastifyApp, mcpAuthMetadataRouter, toFastifyHandler } = forFastify
    const app = createMcpFastifyApp({ allowedOrigins, cors: { allowedOrigins }, maxRequestBodySize })
    app.register(mcpAuthMetadataRouter(metadata))
    app.all('/mcp', toFastifyHandler(withAuth(handler, gate)))
    return fromFastify(app)
  },
}

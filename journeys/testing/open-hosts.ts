import type { FetchHandler } from '@portico-mcp/core'
import * as forExpress from '@portico-mcp/express'
import * as forFastify from '@portico-mcp/fastify'
import { type CorsOptions, type GuardOptions, withCors, withGuard } from '@portico-mcp/guard'
import * as forHono from '@portico-mcp/hono'
import { toNodeHandler } from '@portico-mcp/node'
import { fromFastify, fromHono, type Listener } from './listener.ts'

/** What protects an endpoint that takes no tokens. */
export type Protection = Pick<GuardOptions, 'allowedHosts' | 'allowedOrigins' | 'onerror'> & {
  cors?: CorsOptions
}

/** How a framework serves a handler that takes no tokens, at `/mcp`. */
export const openHosts: Record<string, (handler: FetchHandler, protection?: Protection) => Listener> = {
  'plain fetch': (handler, { cors: readers, ...protection } = {}) =>
    toNodeHandler(withGuard(readers ? withCors(handler, readers) : handler, protection)),

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

import type { AuthInfo } from '@portico-mcp/auth'
import { errorResponse, type FetchHandler, type McpHandlerRequestOptions } from '@portico-mcp/core'
import { logFailure, parseBody, reporter } from '@portico-mcp/core/internal'
import type { Context, Handler, MiddlewareHandler } from 'hono'

declare module 'hono' {
  interface ContextVariableMap {
    /** The verified identity, as `requireBearerAuth` found it. */
    auth?: AuthInfo
    /** The JSON body of a POST, as `createMcpHonoApp` read it. */
    parsedBody?: unknown
  }
}

/** Looks at a request without reading its body: a `Response` refuses or answers it. */
export type RequestCheck = (
  request: Request,
  options: McpHandlerRequestOptions,
  context: Context,
) => Response | undefined | Promise<Response | undefined>

/** A check as middleware: what it answers is sent, all else goes on. */
export function toMiddleware(check: RequestCheck): MiddlewareHandler {
  return async (context, next) => (await check(context.req.raw, optionsOf(context), context)) ?? next()
}

/** Options of {@link toHonoHandler}. */
export interface ToHonoHandlerOptions {
  /** Hears of what the handler threw; the client gets 500, or the refusal's own status. */
  onerror?: ((error: Error) => void) | undefined
}

/**
 * Mounts a handler on a route. `c.get('auth')` becomes `authInfo`, `c.get('parsedBody')` the body, and on
 * Node the socket's address `clientAddress`.
 *
 * @param handler - A Portico handler, or anything that wraps one.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { toHonoHandler } from '@portico-mcp/hono'
 * import { Hono } from 'hono'
 *
 * const handler = createMcpHandler(() => new McpServer({ name: 'notes', version: '1.0.0' }))
 *
 * export default new Hono().all('/mcp', toHonoHandler(handler))
 * ```
 */
export function toHonoHandler(handler: FetchHandler, { onerror }: ToHonoHandlerOptions = {}): Handler {
  const report = reporter(onerror ?? logFailure)
  return async (context) => {
    try {
      const options = optionsOf(context)
      const parsedBody = options.parsedBody ?? (await cachedBody(context))
      const response = await handler.fetch(context.req.raw, {
        ...options,
        ...(parsedBody !== undefined && { parsedBody }),
      })
      hangUpAfter(context)
      return response
    } catch (error) {
      report(error)
      return errorResponse(error)
    }
  }
}

/**
 * The JSON of a body that middleware in front has read through `c.req`, which keeps what it read.
 *
 * @throws Refusal `parse-error` (400) for a text that is not JSON.
 */
export async function cachedBody({ req }: Context): Promise<unknown> {
  return Object.keys(req.bodyCache).length > 0 ? parseBody(await req.text()) : undefined
}

/** The rest of a body that was given up ends a connection of Node, which Hono would close half a second later. */
export function hangUpAfter({ env }: Context): void {
  const { incoming, outgoing } = env ?? {}
  const isGivenUp = incoming?.readableDidRead && !incoming.complete
  if (isGivenUp && incoming.httpVersionMajor === 1) outgoing.setHeader('connection', 'close')
}

function optionsOf(context: Context): McpHandlerRequestOptions {
  const authInfo = context.get('auth')
  const parsedBody = context.get('parsedBody')
  const clientAddress: unknown = context.env?.incoming?.socket?.remoteAddress
  return {
    ...(authInfo !== undefined && { authInfo }),
    ...(parsedBody !== undefined && { parsedBody }),
    ...(typeof clientAddress === 'string' && { clientAddress }),
  }
}

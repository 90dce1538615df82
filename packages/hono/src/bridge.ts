import { type AuthInfo, runWithAuth } from '@portico-mcp/auth'
import { errorResponse, type FetchHandler, type McpHandlerRequestOptions } from '@portico-mcp/core'
import {
  type Check,
  closeAfterPartialBody,
  logFailure,
  optionRules,
  parseBody,
  reporter,
  runCheck,
  validateOptions,
} from '@portico-mcp/core/internal'
import type { Context, Handler, MiddlewareHandler } from 'hono'
import { withoutRestoredBody } from './restore-body.ts'

declare module 'hono' {
  interface ContextVariableMap {
    /** The verified identity, set by `requireBearerAuth`. */
    auth?: AuthInfo
    /** The JSON body of a POST, set by `createMcpHonoApp`. */
    parsedBody?: unknown
  }
}

/** Turns a check into middleware: returns the check's response, or calls the next middleware as the verified caller. */
export function toMiddleware(check: Check): MiddlewareHandler {
  return async (context, next) => {
    const {
      response,
      headers = {},
      vary = [],
      authInfo,
    } = await runCheck(check, () => withoutRestoredBody(context.req), readRequestOptions(context))
    if (authInfo) context.set('auth', authInfo)
    if (response) context.res = response
    else await (authInfo ? runWithAuth({ authInfo }, next) : next())
    for (const [name, value] of Object.entries(headers)) context.header(name, value)
    for (const name of vary) context.header('vary', name, { append: true })
  }
}

/** Options of {@link toHonoHandler}. */
export interface ToHonoHandlerOptions {
  /** Called with what the handler throws. @defaultValue logs failures */
  onerror?: ((error: Error) => void) | undefined
}

/**
 * Mounts a handler on a route. The handler receives `c.get('auth')` as `authInfo`, `c.get('parsedBody')` as the body,
 * and on Node the address of the socket as `clientAddress`.
 *
 * @param handler - A Portico handler, or one that wraps it.
 * @param options - See {@link ToHonoHandlerOptions}.
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
export function toHonoHandler(handler: FetchHandler, options: ToHonoHandlerOptions = {}): Handler {
  validateOptions('toHonoHandler', options, { onerror: optionRules.callback })
  const report = reporter(options.onerror ?? logFailure)
  return async (context) => {
    try {
      const options = readRequestOptions(context)
      const parsedBody = options.parsedBody ?? (await cachedBody(context))
      const request = parsedBody === undefined ? context.req.raw : withoutRestoredBody(context.req)
      options.parsedBody = parsedBody
      const response = await handler.fetch(request, options)
      closeAfterPartialRead(context)
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

/** Closes a connection of Node whose request was read in part; Hono would close it half a second later. */
export function closeAfterPartialRead({ env }: Context): void {
  const { incoming, outgoing } = env ?? {}
  if (incoming && outgoing) closeAfterPartialBody(incoming, outgoing)
}

function readRequestOptions(context: Context): McpHandlerRequestOptions {
  const authInfo = context.get('auth')
  const parsedBody = context.get('parsedBody')
  const clientAddress: unknown = context.env?.incoming?.socket?.remoteAddress
  const options: McpHandlerRequestOptions = {}
  if (authInfo !== undefined) options.authInfo = authInfo
  if (parsedBody !== undefined) options.parsedBody = parsedBody
  if (typeof clientAddress === 'string') options.clientAddress = clientAddress
  return options
}

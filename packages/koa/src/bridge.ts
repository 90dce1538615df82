import { type AuthInfo, runWithAuth } from '@portico-mcp/auth'
import { errorResponse, type FetchHandler, type McpHandlerRequestOptions } from '@portico-mcp/core'
import {
  type Check,
  closeAfterPartialBody,
  logFailure,
  optionRules,
  reporter,
  runCheck,
  validateOptions,
} from '@portico-mcp/core/internal'
import {
  createRequest,
  discardRest,
  NodeResponseWriter,
  readRequestOptions,
  readText,
  sendResponse,
  type TextResponse,
  toWebRequestHead,
} from '@portico-mcp/node'
import type { Context, Middleware } from 'koa'

/** The members of `ctx.state` that `requireBearerAuth` sets. */
export interface McpState {
  /** The verified identity. */
  auth?: AuthInfo
}

/** Turns a check into middleware: sends the check's response, or calls the next middleware. */
export function toMiddleware(check: Check): Middleware {
  return async (given, next) => {
    const ctx = given as Context
    const {
      response,
      headers = {},
      vary = [],
      authInfo,
    } = await runCheck(check, () => toWebRequestHead(ctx.req), optionsOf(ctx))
    ctx.vary([...vary])
    ctx.set(headers)
    if (response) return send(ctx, response)
    if (authInfo) ctx.state.auth = authInfo
    return next()
  }
}

/** Options of {@link toKoaHandler}. */
export interface ToKoaHandlerOptions {
  /** Called with what the handler throws. @defaultValue logs failures */
  onerror?: ((error: Error) => void) | undefined
}

/**
 * Mounts a handler as middleware, which calls no further middleware. The handler receives `ctx.state.auth` as
 * `authInfo`, the body that a parser has read, and the address of the socket as `clientAddress`. The request is aborted
 * when the client disconnects. Responses become `ctx.body`, so that middleware in front can compress them; event
 * streams are written to the socket directly.
 *
 * @param handler - A Portico handler, or one that wraps it.
 * @param options - See {@link ToKoaHandlerOptions}.
 *
 * @example
 * ```ts
 * import Router from '@koa/router'
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { createMcpKoaApp, toKoaHandler } from '@portico-mcp/koa'
 *
 * const handler = createMcpHandler(() => new McpServer({ name: 'notes', version: '1.0.0' }))
 *
 * const app = createMcpKoaApp()
 * app.use(new Router().all('/mcp', toKoaHandler(handler)).routes())
 * ```
 */
export function toKoaHandler(handler: FetchHandler, options: ToKoaHandlerOptions = {}): Middleware {
  validateOptions('toKoaHandler', options, { onerror: optionRules.callback })
  const report = reporter(options.onerror ?? logFailure)
  return async (given) => {
    const ctx = given as Context
    ignoreResets(ctx)
    const answered = async (): Promise<Response> => {
      try {
        const options = optionsOf(ctx)
        const request = createRequest(ctx.req, ctx.res, { body: options.parsedBody === undefined })
        options.responseWriter = new NodeResponseWriter(ctx.res, request)
        return await asCaller(ctx, () => handler.fetch(request, options))
      } catch (error) {
        report(error)
        return errorResponse(error)
      }
    }
    await send(ctx, await answered())
  }
}

/**
 * Keeps Koa from reporting reset connections as errors of the app. Clients of an MCP endpoint open streams and
 * disconnect, so resets are usual.
 */
function ignoreResets(ctx: Context): void {
  const { onerror } = ctx
  const { onerror: inherited } = Object.getPrototypeOf(ctx) as Context
  // Not a closure: V8 would keep it, and the request with it, until a major collection.
  if (onerror === inherited) ctx.onerror = reportUnlessReset
  else ctx.onerror = (error) => isReset(error) || onerror.call(ctx, error)
}

function reportUnlessReset(this: Context, error: Error): void {
  if (!isReset(error)) (Object.getPrototypeOf(this) as Context).onerror.call(this, error)
}

function isReset(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown }
  return code === 'ECONNRESET' || code === 'EPIPE'
}

async function asCaller({ state }: Context, run: () => Response | Promise<Response>): Promise<Response> {
  const { auth: authInfo } = state as McpState
  return authInfo ? runWithAuth({ authInfo }, run) : run()
}

/** Returns the request, with its body unless a parser has read it. */
export const requestOf = (ctx: Context): Request =>
  createRequest(ctx.req, ctx.res, { body: !hasParsedBody(ctx) })

function optionsOf({ req, request, state }: Context): McpHandlerRequestOptions {
  const { body } = request as { body?: unknown }
  return readRequestOptions(req, { authInfo: (state as McpState).auth, body })
}

/** Returns whether a body parser in front has read the body. */
export const hasParsedBody = (ctx: Context): boolean => optionsOf(ctx).parsedBody !== undefined

/** Sends a response: as a Koa body, or past Koa if it is a stream of events. */
export async function send(ctx: Context, response: Response): Promise<void> {
  const rest = discardRest(ctx.req)
  if (rest) await rest
  closeAfterPartialBody(ctx.req, ctx.res)
  const known = readText(response)
  if (known) return sendText(ctx, known)
  const { status, headers, body } = response
  if (body && headers.get('content-type')?.startsWith('text/event-stream')) return sendEvents(ctx, response)
  ctx.body = body && Buffer.from(await response.arrayBuffer())
  ctx.status = status
  for (const [name, value] of headers) if (name !== 'set-cookie') ctx.set(name, value)
  for (const cookie of headers.getSetCookie()) ctx.append('set-cookie', cookie)
}

function sendText(ctx: Context, { status, headers, text }: TextResponse): void {
  ctx.status = status
  ctx.set(headers as Record<string, string>)
  ctx.body = text
}

// Koa reports a client that leaves as an error of the app.
async function sendEvents(ctx: Context, response: Response): Promise<void> {
  ctx.respond = false
  // Koa answers 404 until it has a status.
  ctx.status = response.status
  await sendResponse(response, ctx.req, ctx.res)
}

import type { Result } from '@modelcontextprotocol/sdk/types.js'
import { URL_ELICITATION_REQUIRED } from '../http/errors.ts'
import { MODERN_VERSIONS } from '../protocol/versions.ts'
import { isObject, isPromise } from '../utils/type-guards.ts'
import type { McpServerLike } from './factory.ts'
import { getProtocol } from './get-protocol.ts'

type Ask = (...args: unknown[]) => unknown

/** The members of a server of `@modelcontextprotocol/server` 2.x that decide which revision it speaks. */
interface NegotiatingServer {
  setRequestHandler(method: string, handler: () => Result): void
  getNegotiatedProtocolVersion(): string | undefined
  /** Declared as protected by the SDK. Its own transport sets it too, but it cannot be told apart by shape. */
  _negotiatedProtocolVersion?: string | undefined
  [ask: string]: unknown
}

/** The methods by which a 2.x server sends its client requests in 2025-era revisions; 2026-07-28 has no such requests. */
const ASKS = ['request', 'elicitInput', 'createMessage', 'listRoots'] as const

/**
 * Switches a server to 2026-07-28 after `initialize`, if it speaks that revision itself. A server that only speaks
 * 2025-era revisions continues with those.
 *
 * @returns Whether it speaks 2026-07-28.
 */
export function speakModern(server: McpServerLike): boolean {
  const negotiating = negotiatingServer(server)
  if (!negotiating) return false
  const [version] = MODERN_VERSIONS
  const before = negotiating._negotiatedProtocolVersion
  negotiating._negotiatedProtocolVersion = version
  if (negotiating.getNegotiatedProtocolVersion() !== version) {
    negotiating._negotiatedProtocolVersion = before
    return false
  }
  // A handler may send requests as in 2025-era revisions: they are answered in the rounds of its call.
  for (const name of ASKS) {
    const ask = negotiating[name]
    if (typeof ask === 'function') negotiating[name] = inRevision(negotiating, before, ask as Ask)
  }
  const invoke = negotiating[INVOKE]
  if (typeof invoke === 'function') {
    negotiating[INVOKE] = (method: string, handler: unknown, ...rest: unknown[]) =>
      (invoke as Ask).call(negotiating, method, withLinks(handler as Ask), ...rest)
  }
  return true
}

/** The method by which a 2.x server calls handlers that may ask for input. Their errors pass through it. */
const INVOKE = '_invokeInputRequiredCapableHandler'

/**
 * Wraps a handler that may throw `UrlElicitationRequiredError`, as in 2025-era revisions. A 2.x server answers that
 * with an internal error in 2026-07-28, unless it comes as an error of another class: then its links reach the client
 * as those of a 1.x server do.
 */
function withLinks(handler: Ask): Ask {
  return async (...args) => {
    try {
      return await handler(...args)
    } catch (thrown) {
      throw readLinks(thrown) ?? thrown
    }
  }
}

function readLinks(thrown: unknown): Error | undefined {
  try {
    const { code, message, data } = thrown as { code?: unknown; message?: unknown; data?: unknown }
    if (code !== URL_ELICITATION_REQUIRED || !isObject(data)) return undefined
    return Object.assign(new Error(String(message)), { code, data })
  } catch {
    return undefined
  }
}

function negotiatingServer(server: McpServerLike): NegotiatingServer | undefined {
  const inner = getProtocol(server)
  const { getNegotiatedProtocolVersion: negotiated, _negotiatedProtocolVersion: version } =
    inner as NegotiatingServer
  const isNegotiating = typeof negotiated === 'function' && version !== undefined
  return isNegotiating && negotiated.call(inner) === version ? (inner as NegotiatingServer) : undefined
}

/** Wraps a method of a server, which speaks another revision while the method runs. */
function inRevision(server: NegotiatingServer, version: string | undefined, ask: Ask): Ask {
  return (...args) => {
    const now = server._negotiatedProtocolVersion
    server._negotiatedProtocolVersion = version
    const restore = (): void => {
      server._negotiatedProtocolVersion = now
    }
    try {
      const answer = ask.apply(server, args)
      // The request is sent within another method, which reads the answer in the revision of the request.
      return now === version && isPromise(answer) ? readIn(server, version, answer) : answer
    } finally {
      restore()
    }
  }
}

/** An answer that is read in a revision: in the one microtask in which the code that awaits it continues. */
async function readIn(
  server: NegotiatingServer,
  version: string | undefined,
  answer: Promise<unknown>,
): Promise<unknown> {
  const value = await answer
  const now = server._negotiatedProtocolVersion
  server._negotiatedProtocolVersion = version
  queueMicrotask(() =>
    queueMicrotask(() => {
      server._negotiatedProtocolVersion = now
    }),
  )
  return value
}

/** Makes a server answer `server/discover` with a result, which it completes. */
export function setDiscoverResult(server: McpServerLike, result: Result): void {
  negotiatingServer(server)?.setRequestHandler('server/discover', () => result)
}

/** Whether a server is one of the 2.x SDK, which negotiates its revision. */
export const isNegotiating = (server: McpServerLike): boolean => {
  const { getNegotiatedProtocolVersion } = getProtocol(server) as Partial<NegotiatingServer>
  return typeof getNegotiatedProtocolVersion === 'function'
}

import { type McpHandlerRequestOptions, Refusal } from '@portico-mcp/core'
import { logFailure, optionRules, type Rules, reporter, validateOptions } from '@portico-mcp/core/internal'
import type { Integration, LambdaHttpEvent } from './event.ts'
import type { LambdaContext } from './time-limit.ts'

/** Options of {@link toLambdaHandler} and {@link toStreamingLambdaHandler}. */
export interface ToLambdaHandlerOptions {
  /**
   * Returns the identity of the caller, from the result of an authorizer: {@link authorizerAuthInfo}, or your own
   * function. @defaultValue none: callers are anonymous
   */
  authInfo?: ((event: LambdaHttpEvent) => McpHandlerRequestOptions['authInfo']) | undefined
  /**
   * A prefix of the path that the handler does not get, such as the base path mapping of a custom domain. The stage is
   * always removed. @defaultValue none
   */
  basePath?: string | undefined
  /**
   * Milliseconds that the gateway waits for a response that is not streamed.
   * @defaultValue 29000 behind API Gateway, otherwise no limit
   */
  gatewayTimeoutMs?: number | undefined
  /** Milliseconds before a timeout that are reserved to answer with 504. @defaultValue 500 */
  reserveMs?: number | undefined
  /** Called with refusals of this adapter and with errors that the handler threw. What it throws is ignored. */
  onerror?: ((error: Error) => void) | undefined
}

/** The options with their defaults. */
export interface Settings extends ToLambdaHandlerOptions {
  reserveMs: number
  onerror(error: unknown): void
}

const RULES: Rules<keyof ToLambdaHandlerOptions> = {
  authInfo: optionRules.callback,
  basePath: optionRules.string,
  gatewayTimeoutMs: optionRules.numberFrom(0, 'milliseconds'),
  reserveMs: optionRules.numberFrom(0, 'milliseconds'),
  onerror: optionRules.callback,
}

/**
 * Reads the options of a function that makes a Lambda handler.
 *
 * @param caller - The function that takes the options.
 * @throws TypeError for an unknown option or a value of the wrong type, RangeError for a negative number.
 */
export function readOptions(caller: string, options: ToLambdaHandlerOptions): Settings {
  validateOptions(caller, options, RULES)
  const { reserveMs = 500 } = options
  const report = reporter(options.onerror ?? logFailure)
  return {
    ...options,
    reserveMs,
    onerror(error) {
      // A client that disconnects is not an error.
      if (error instanceof Refusal && error.reason === 'client-left') return
      report(error)
    },
  }
}

const API_GATEWAY_MS = 29_000

/**
 * Computes the milliseconds until the runtime, or a gateway that waits for a complete response, ends the invocation.
 */
export function computeLimitMs(
  { gatewayTimeoutMs }: ToLambdaHandlerOptions,
  context: LambdaContext | undefined,
  integration: Integration | undefined,
  streaming: boolean,
): number {
  const waits =
    gatewayTimeoutMs ?? (integration?.includes('-api') ? API_GATEWAY_MS : Number.POSITIVE_INFINITY)
  const remaining = remainingMs(context)
  return streaming ? remaining : Math.min(remaining, waits)
}

/** Emulators and tests hand over contexts of any shape. One that tells no time sets no limit. */
function remainingMs(context: LambdaContext | null | undefined): number {
  if (typeof context?.getRemainingTimeInMillis !== 'function') return Number.POSITIVE_INFINITY
  try {
    const remaining: unknown = context.getRemainingTimeInMillis()
    if (typeof remaining === 'number' && !Number.isNaN(remaining)) return remaining
  } catch {
    // A context that throws sets no limit either.
  }
  return Number.POSITIVE_INFINITY
}

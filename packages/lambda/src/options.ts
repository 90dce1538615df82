import { type McpHandlerRequestOptions, Refusal } from '@portico-mcp/core'
import { logFailure, optionRules, type Rules, reporter, validateOptions } from '@portico-mcp/core/internal'
import type { Front, LambdaHttpEvent } from './event.ts'
import type { LambdaContext } from './time-limit.ts'

/** Options of {@link toLambdaHandler} and {@link toStreamingLambdaHandler}. */
export interface ToLambdaHandlerOptions {
  /**
   * Who is calling, from what an authorizer in front of the function found: {@link authorizerAuthInfo}, or a
   * function of your own. @defaultValue nobody is known
   */
  authInfo?: ((event: LambdaHttpEvent) => McpHandlerRequestOptions['authInfo']) | undefined
  /**
   * What the path begins with and the handler does not see, such as the base path mapping of a custom
   * domain; a stage is left out in any case. @defaultValue none
   */
  basePath?: string | undefined
  /**
   * Milliseconds that what stands in front of the function waits for an answer that is not streamed.
   * @defaultValue 29000 behind API Gateway, else no limit
   */
  gatewayTimeoutMs?: number | undefined
  /** Milliseconds of the time that is left which it takes to answer that it is over. @defaultValue 500 */
  reserveMs?: number | undefined
  /** Hears of what was refused here, and of what the handler threw; what it throws is ignored. */
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
      // a client that leaves is no error
      if (error instanceof Refusal && error.reason === 'client-left') return
      report(error)
    },
  }
}

const API_GATEWAY_MS = 29_000

/** Milliseconds until the runtime, or what waits for a whole answer, ends the invocation. */
export function limitOf(
  { gatewayTimeoutMs }: ToLambdaHandlerOptions,
  context: LambdaContext | undefined,
  front: Front | undefined,
  streaming: boolean,
): number {
  const waits = gatewayTimeoutMs ?? (front?.includes('-api') ? API_GATEWAY_MS : Number.POSITIVE_INFINITY)
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
    // The same as no time at all.
  }
  return Number.POSITIVE_INFINITY
}

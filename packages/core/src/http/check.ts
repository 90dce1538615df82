import type { MaybePromise } from '../utils/type-guards.ts'
import { errorResponse, Refusal } from './errors.ts'
import type { McpHandlerRequestOptions } from './fetch-handler.ts'

/** What a check decides about a request. */
export interface CheckResult {
  /** Answers the request: what stands behind the check does not see it. */
  response?: Response | undefined
  /** Headers to set on the response. */
  headers?: Readonly<Record<string, string>> | undefined
  /** Names to add to the `Vary` header of the response. */
  vary?: readonly string[] | undefined
  /** The verified caller of the request. */
  authInfo?: McpHandlerRequestOptions['authInfo']
}

/**
 * Decides about a request in front of a handler, without reading its body. A `Response` answers the request,
 * undefined lets it pass.
 *
 * @internal
 */
export type Check = (
  request: Request,
  options: McpHandlerRequestOptions,
) => MaybePromise<Response | CheckResult | undefined>

/**
 * Runs a check for middleware of a framework.
 *
 * @param check - The check.
 * @param toRequest - Builds the request to check, its body unread.
 * @param options - The options of the request.
 * @returns What the check decided. A `Refusal` that it or `toRequest` throws becomes the response.
 *
 * @internal
 */
export async function runCheck(
  check: Check,
  toRequest: () => Request,
  options: McpHandlerRequestOptions,
): Promise<CheckResult> {
  try {
    const decision = await check(toRequest(), options)
    return decision instanceof Response ? { response: decision } : (decision ?? {})
  } catch (error) {
    if (error instanceof Refusal) return { response: errorResponse(error) }
    throw error
  }
}

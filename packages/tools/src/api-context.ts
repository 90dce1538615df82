import { AsyncLocalStorage } from 'node:async_hooks'
import { optionRules, type Rules, shown, validateOptions } from '@portico-mcp/core/internal'
import type { ApiQuery } from './api-url.ts'
import { CALL_RULES } from './call-rules.ts'

/** The settings of `apiCall` for one MCP request. */
export interface ApiContext {
  /** The base URL of relative paths: `http` or `https`, without query and fragment. @defaultValue none */
  apiBaseUrl?: string | undefined
  /** Headers of every call to the origin of `apiBaseUrl`. Undefined and empty ones are left out. @defaultValue none */
  headers?: ApiHeaders | undefined
  /**
   * Query parameters of every call to the same origins, such as an API key. A parameter that the URL already has is kept.
   * @defaultValue none
   */
  query?: ApiQuery | undefined
  /** Further origins that get `headers` and `query`, such as `https://files.example.com`. @defaultValue none */
  headerOrigins?: readonly string[] | undefined
  /** Aborts every call. @defaultValue none */
  signal?: AbortSignal | undefined
}

/** Headers by name. Undefined ones are left out. */
export type ApiHeaders = Readonly<Record<string, string | undefined>>

const RULES: Rules<keyof ApiContext> = {
  apiBaseUrl: optionRules.text,
  headers: CALL_RULES.headers,
  query: CALL_RULES.query,
  headerOrigins: optionRules.texts,
  signal: CALL_RULES.signal,
}

const contexts = new AsyncLocalStorage<ApiContext>()
const callSignals = new AsyncLocalStorage<AbortSignal>()

/** Returns the settings of the current request. */
export const getApiContext = (): ApiContext => contexts.getStore() ?? {}

/** Returns the signals that abort the current calls: of the request, and of the tool call. */
export const getSignals = (): AbortSignal[] =>
  [contexts.getStore()?.signal, callSignals.getStore()].filter((signal) => signal !== undefined)

/**
 * Runs a function with settings for `apiCall`, which apply to everything that the function calls. `withApi` does this for a
 * handler. Call it in middleware of your own.
 *
 * @param context - See {@link ApiContext}.
 * @param run - Called immediately, without arguments.
 * @returns The return value of `run`.
 * @throws TypeError if a setting is unknown or of the wrong type, or if a URL or an origin is malformed.
 */
export function runWithApi<T>(context: ApiContext, run: () => T): T {
  validateOptions('runWithApi', context, RULES)
  checkApiContext('runWithApi', context)
  return runInContext(context, run)
}

/** Runs a function with settings that are known to be valid. */
export const runInContext = <T>(context: ApiContext, run: () => T): T => contexts.run(context, run)

/** Runs the handler of a tool, so that its API calls are aborted when the tool call is. */
export const runWithSignal = <T>(signal: AbortSignal, run: () => T): T => callSignals.run(signal, run)

/**
 * Checks the URLs of a context.
 *
 * @param caller - The function that takes them, for error messages.
 * @param name - The option that `apiBaseUrl` comes from.
 * @throws TypeError if a URL or an origin is malformed.
 */
export function checkApiContext(
  caller: string,
  { apiBaseUrl, headerOrigins = [] }: Pick<ApiContext, 'apiBaseUrl' | 'headerOrigins'>,
  name = 'apiBaseUrl',
): void {
  if (apiBaseUrl !== undefined && !isBaseUrl(apiBaseUrl)) {
    const allowed = 'an http or https URL without user name, password, query and fragment'
    throw new TypeError(`${caller}: ${name} must be ${allowed}`)
  }
  for (const origin of headerOrigins) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      const allowed = 'a list of origins, such as "https://files.example.com"'
      throw new TypeError(`${caller}: headerOrigins must be ${allowed} (got ${shown(origin)})`)
    }
  }
}

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text) || /[?#]/.test(text)) return false
  const { protocol, username, password } = new URL(text)
  return /^https?:$/.test(protocol) && !username && !password
}

import { AsyncLocalStorage } from 'node:async_hooks'
import type { ApiQuery } from './api-url.ts'

/** What `apiCall` takes from the MCP request that it runs beneath. */
export interface ApiContext {
  /** Where relative paths are: an absolute `http` or `https` URL without query and fragment. */
  apiBaseUrl?: string
  /** Headers of every call to the origin of `apiBaseUrl`; what is undefined or empty is left out. */
  headers?: ApiHeaders
  /**
   * Query parameters of every call to the same origins, such as an API key; those that a URL has itself win.
   * @defaultValue none
   */
  query?: ApiQuery
  /**
   * Further origins that may see `headers` and `query`, such as `https://files.example.com`. @defaultValue
   * none
   */
  headerOrigins?: readonly string[]
  /** Ends every call. */
  signal?: AbortSignal
}

/** Headers by name; what is undefined is left out. */
export type ApiHeaders = Readonly<Record<string, string | undefined>>

const contexts = new AsyncLocalStorage<ApiContext>()
const callSignals = new AsyncLocalStorage<AbortSignal>()

export const currentApiContext = (): ApiContext => contexts.getStore() ?? {}

/** Signals that end what runs now: of the request, and of the tool call. */
export const currentSignals = (): AbortSignal[] =>
  [contexts.getStore()?.signal, callSignals.getStore()].filter((signal) => signal !== undefined)

/**
 * Runs a function in front of an API: `apiCall` beneath it knows the base URL and the headers, however
 * deep. `withApi` does it; a middleware of your own needs it.
 *
 * @param context - See {@link ApiContext}.
 * @param run - Called at once, without arguments.
 * @returns What it returned.
 * @throws TypeError for an `apiBaseUrl` or an origin that is none.
 */
export function runWithApi<T>(context: ApiContext, run: () => T): T {
  checkApi(context)
  return contexts.run(context, run)
}

/** Runs a tool's handler, so that what it calls ends with it. */
export const runWithSignal = <T>(signal: AbortSignal, run: () => T): T => callSignals.run(signal, run)

/** @throws TypeError for an `apiBaseUrl` or an origin that is none. */
export function checkApi({ apiBaseUrl, headerOrigins = [] }: ApiContext): void {
  if (apiBaseUrl !== undefined && !isBaseUrl(apiBaseUrl)) {
    throw new TypeError('apiBaseUrl must be an http or https URL without credentials, query and fragment')
  }
  for (const origin of headerOrigins) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new TypeError(`Not an origin: ${origin}`)
    }
  }
}

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text) || /[?#]/.test(text)) return false
  const { protocol, username, password } = new URL(text)
  return /^https?:$/.test(protocol) && !username && !password
}

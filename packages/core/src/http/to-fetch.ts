import { areBindings } from '#bindings'
import { isObject } from '../utils/type-guards.ts'
import type { McpHandlerRequestOptions } from './fetch-handler.ts'

/**
 * Creates the `fetch` of a handler or a wrapper, which a runtime may call as well. As the default export of a Worker, it
 * gets the bindings as the second argument and a context as the third; a wrapper may pass the bindings alone. The
 * second argument is used as request options if there is no third, every member of it is an option with a value of its
 * type, and it is not the bindings. Otherwise all of it is ignored, so that a binding named `authInfo` is not used as an
 * identity.
 *
 * @param answer - Answers a request. It gets the options, or an empty object.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer, toFetch } from '@portico-mcp/core'
 *
 * const handler = createMcpHandler(() => new McpServer({ name: 'timed', version: '1.0.0' }))
 *
 * export default {
 *   ...handler,
 *   fetch: toFetch(async (request, options) => {
 *     const response = await handler.fetch(request, options)
 *     response.headers.set('x-served-by', 'portico')
 *     return response
 *   }),
 * }
 * ```
 */
export const toFetch =
  <Answer>(
    answer: (request: Request, options: McpHandlerRequestOptions) => Answer,
  ): ((request: Request, options?: McpHandlerRequestOptions) => Answer) =>
  // The type is for callers that pass options; runtimes pass other arguments.
  (request: Request, given?: McpHandlerRequestOptions, context?: unknown) => {
    if (given === undefined || context !== undefined) return answer(request, {})
    if (given !== validated && !isRequestOptions(given)) {
      warnOfIgnoredIdentity(given)
      return answer(request, {})
    }
    const outer = validated
    validated = given
    try {
      return answer(request, given)
    } finally {
      validated = outer
    }
  }

/** The options that a wrapper further out has validated and passes on while it is called. */
let validated: McpHandlerRequestOptions | undefined

const OPTIONS: readonly (keyof McpHandlerRequestOptions)[] = [
  'authInfo',
  'parsedBody',
  'clientAddress',
  'responseWriter',
  'observer',
  'streaming',
]

/**
 * Copies the options of a request with some of them changed. Wrappers use it in place of a spread: V8 keeps an object
 * that is made of a spread and other members until a major collection, and with it the whole request.
 */
export const changeRequestOptions = (
  options: McpHandlerRequestOptions,
  changes: McpHandlerRequestOptions,
): McpHandlerRequestOptions => Object.assign({}, options, changes)

let isWarned = false

// A host that adds its own members to the options would otherwise serve all callers as anonymous, without a sign of it.
function warnOfIgnoredIdentity(given: unknown): void {
  if (isWarned || !isObject(given) || !Object.hasOwn(given, 'authInfo')) return
  isWarned = true
  const others = Object.keys(given).filter(
    (name) => !OPTIONS.includes(name as keyof McpHandlerRequestOptions),
  )
  console.warn(
    "Portico: the second argument of fetch has an authInfo, but was ignored: it is a Worker's bindings, or has " +
      `members that are no options, or of another type${others.length > 0 ? ` (${others.slice(0, 10).join(', ')})` : ''}. ` +
      `Request options are a plain object of ${OPTIONS.join(', ')}`,
  )
}

function isRequestOptions(given: unknown): given is McpHandlerRequestOptions {
  if (!isObject(given)) return false
  // It has to be a plain object, also of another realm, since inherited members are not options.
  const prototype: unknown = Object.getPrototypeOf(given)
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return false
  // A `switch` takes a fifth of the time of a table of types.
  for (const name of Object.keys(given)) {
    const value = given[name] ?? undefined
    switch (name) {
      // A host's identity of the wrong shape is still an option: it is refused, and never served as an anonymous caller.
      case 'authInfo':
      case 'parsedBody':
        break
      case 'clientAddress':
        if (value !== undefined && typeof value !== 'string') return false
        break
      case 'responseWriter':
      case 'observer':
        if (value !== undefined && typeof value !== 'object') return false
        break
      case 'streaming':
        if (value !== undefined && typeof value !== 'boolean') return false
        break
      default:
        return false
    }
  }
  const { responseWriter } = given as McpHandlerRequestOptions
  return (!responseWriter || typeof responseWriter.text === 'function') && !areBindings?.(given)
}

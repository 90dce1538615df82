import type { FetchHandler } from '@portico-mcp/core'
import type { HTTPServerFactory, HTTPServerInput } from '../input.ts'
import type { CommandErrorCode } from './command-error.ts'

/** What an exported value is: an input of `createHTTPServer`, or why it cannot be served. */
export type Recognized =
  | { input: HTTPServerInput }
  | {
      code: CommandErrorCode
      /** What the value is, in words that follow "is". */
      is: string
      /** What to write instead. */
      instead: string
    }

/** What a module may export. */
export const EXPECTED =
  'export a function that builds a server, its class, { name, version, setup }, or a handler with fetch'

type Callable = (...args: never[]) => unknown
type Constructor = new () => object

const BUILD_IT =
  'export a function that builds it: export default () => { const server = new McpServer(…); …; return server }'

/** Decides what a value that a module exports is. */
export function recognizeExport(value: unknown): Recognized {
  if (typeof value === 'function') return recognizeFunction(value as Callable)
  if (typeof value !== 'object' || value === null) {
    const is = value === null || value === undefined ? String(value) : typeof value
    return { code: 'not-servable', is, instead: EXPECTED }
  }
  if (value instanceof Promise) {
    return {
      code: 'promise-exported',
      is: 'a promise',
      instead: 'export the async function itself, without calling it',
    }
  }
  return recognizeObject(value)
}

function recognizeFunction(value: Callable): Recognized {
  if (hasMethods(value, 'use', 'handle')) return refuseApp('an Express app')
  return { input: isClass(value) ? constructing(value) : (value as HTTPServerFactory) }
}

function recognizeObject(value: object): Recognized {
  if (isServer(value) || isServer((value as { server?: unknown }).server)) {
    return {
      code: 'server-instance',
      is: 'a server, which could serve one client only',
      instead: BUILD_IT,
    }
  }
  if ('fetch' in value) return { input: value as FetchHandler }
  if (hasMethods(value, 'use', 'callback')) return refuseApp('a Koa app')
  if (hasMethods(value, 'inject', 'listen')) return refuseApp('a Fastify app')
  if (hasMethods(value, 'listen', 'close')) return refuseApp('an HTTP server')
  if (hasMethods(value, 'start', 'addTool')) {
    return {
      code: 'starts-itself',
      is: 'a server of FastMCP, which starts itself',
      instead:
        "call its start({ transportType: 'stdio' }), and serve the program: portico-server -- node <file>",
    }
  }
  if ('name' in value || 'version' in value) return { input: value as HTTPServerInput }
  return { code: 'not-servable', is: 'object', instead: EXPECTED }
}

const refuseApp = (what: string): Recognized => ({
  code: 'app-exported',
  is: `${what}, which listens by itself`,
  instead:
    'export the function that builds its MCP server, or start the app and serve its URL: portico-server http://127.0.0.1:3000/mcp',
})

const METHODS = ['GET', 'POST', 'DELETE', 'OPTIONS'] as const

/**
 * Recognizes the route of a framework with routes in files, such as Next.js: a module that exports a function for each
 * method.
 */
export function recognizeRoute(exported: Record<string, unknown>): HTTPServerInput | undefined {
  const methods = METHODS.filter((method) => typeof exported[method] === 'function')
  if (!methods.includes('POST')) return undefined
  const functions = exported as Record<string, (request: Request) => Promise<Response>>
  return {
    fetch: async (request) => {
      const answer = methods.some((method) => method === request.method) && functions[request.method]
      return answer
        ? answer(request)
        : new Response(null, { status: 405, headers: { allow: methods.join(', ') } })
    },
  }
}

/** A class is called with `new`, and may hold its server in the member `server`. */
function constructing(Server: Constructor): HTTPServerFactory {
  return () => {
    const built = new Server() as { server?: unknown }
    const { server } = built
    return (isServer(built) || !isServer(server) ? built : server) as ReturnType<HTTPServerFactory>
  }
}

function isClass(value: Callable | Constructor): value is Constructor {
  if (hasMethods(value.prototype, 'connect', 'close')) return true
  return /^class\b/.test(Function.prototype.toString.call(value))
}

const isServer = (value: unknown): boolean => hasMethods(value, 'connect', 'close')

function hasMethods(value: unknown, ...names: string[]): boolean {
  if (value === null || value === undefined) return false
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
}

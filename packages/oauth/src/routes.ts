import { authorize } from './authorize.ts'
import { callback } from './callback.ts'
import { consent } from './consent.ts'
import type { EndpointHandler, OAuthContext } from './context.ts'
import type { OAuthServerMetadata } from './metadata.ts'
import { register } from './register.ts'
import { revoke } from './revoke.ts'
import { token } from './token.ts'

/** The endpoint at one path. */
export interface Route {
  handle: EndpointHandler
  methods: readonly string[]
  /** Who sends the requests: scripts of any origin, which get errors as JSON, or the user's browser, which gets pages. */
  caller: 'script' | 'browser'
}

/** Creates the routes of a server, by path. */
export function createRoutes(context: OAuthContext, metadata: OAuthServerMetadata): Map<string, Route> {
  const { endpoints, settings, signingKeys, upstream } = context
  const routes: [string, Route][] = [
    ...endpoints.metadata.map((url): [string, Route] => [url, createDocumentRoute(() => metadata)]),
    [endpoints.jwks, createDocumentRoute(() => signingKeys.jwks())],
    [endpoints.authorize, createBrowserRoute(authorize, 'GET')],
    [endpoints.consent, createBrowserRoute(consent, 'POST')],
    [endpoints.token, createScriptRoute(token, 'POST')],
    [endpoints.revoke, createScriptRoute(revoke, 'POST')],
  ]
  if (upstream) routes.push([endpoints.callback, createBrowserRoute(callback, 'GET')])
  if (settings.enableDCR) routes.push([endpoints.register, createScriptRoute(register, 'POST')])
  return new Map(routes.map(([url, route]) => [new URL(url).pathname, route]))
}

/** Reads the path of a request without a slash at its end. */
export const readPath = ({ url }: Request): string => new URL(url).pathname.replace(/(?<=.)\/$/, '')

function createScriptRoute(handle: EndpointHandler, ...methods: string[]): Route {
  return { handle, methods, caller: 'script' }
}

function createBrowserRoute(handle: EndpointHandler, ...methods: string[]): Route {
  return { handle, methods, caller: 'browser' }
}

function createDocumentRoute(create: () => object | Promise<object>): Route {
  const handle: EndpointHandler = async ({ method }) => {
    const headers = { 'cache-control': 'public, max-age=300' }
    const response = Response.json(await create(), { headers })
    return method === 'HEAD' ? new Response(null, response) : response
  }
  return createScriptRoute(handle, 'GET', 'HEAD')
}

import { authorize } from './authorize.ts'
import { callback } from './callback.ts'
import { consent } from './consent.ts'
import type { Answer, Desk } from './desk.ts'
import type { OAuthServerMetadata } from './metadata.ts'
import { register } from './register.ts'
import { revoke } from './revoke.ts'
import { token } from './token.ts'

/** What answers the requests for one path. */
export interface Route {
  answer: Answer
  methods: readonly string[]
  /** Who sends the requests: scripts of any origin, which get JSON, or a browser, which shows what it gets. */
  by: 'script' | 'browser'
}

/** Lists the routes of a server by path. */
export function createRoutes(desk: Desk, metadata: OAuthServerMetadata): Map<string, Route> {
  const { endpoints, settings, keys, upstream } = desk
  const routes: [string, Route][] = [
    ...endpoints.metadata.map((url): [string, Route] => [url, documentRoute(() => metadata)]),
    [endpoints.jwks, documentRoute(() => keys.jwks())],
    [endpoints.authorize, browserRoute(authorize, 'GET')],
    [endpoints.consent, browserRoute(consent, 'POST')],
    [endpoints.token, scriptRoute(token, 'POST')],
    [endpoints.revoke, scriptRoute(revoke, 'POST')],
  ]
  if (upstream) routes.push([endpoints.callback, browserRoute(callback, 'GET')])
  if (settings.enableDCR) routes.push([endpoints.register, scriptRoute(register, 'POST')])
  return new Map(routes.map(([url, route]) => [new URL(url).pathname, route]))
}

/** The path of a request as routes have it: without a slash at its end. */
export const readPath = ({ url }: Request): string => new URL(url).pathname.replace(/(?<=.)\/$/, '')

function scriptRoute(answer: Answer, ...methods: string[]): Route {
  return { answer, methods, by: 'script' }
}

function browserRoute(answer: Answer, ...methods: string[]): Route {
  return { answer, methods, by: 'browser' }
}

function documentRoute(create: () => object | Promise<object>): Route {
  const answer: Answer = async ({ method }) => {
    const headers = { 'cache-control': 'public, max-age=300' }
    const response = Response.json(await create(), { headers })
    return method === 'HEAD' ? new Response(null, response) : response
  }
  return scriptRoute(answer, 'GET', 'HEAD')
}

import type { ServerNotifier } from '@portico-mcp/core'
import { readPath, wrap } from '@portico-mcp/core/internal'
import type { Endpoint, EndpointSessions } from './endpoint.ts'
import type { HTTPServerFactory } from './input.ts'
import type { HTTPServerOptions } from './options.ts'
import type { Responder } from './probes.ts'
import { readOptions, type Settings } from './read-options.ts'
import { RequestTracker } from './request-tracker.ts'
import { createSourceEndpoint, type Source } from './source.ts'
import { type HTTPServer, startServer } from './start-server.ts'

/** One of several servers behind one listener. */
export interface NamedSource extends Source {
  /** Its name in the list at `/`. */
  name: string
  /** The last part of its path. */
  slug: string
}

/** A listener with several servers behind it. */
export interface SeveralServers extends HTTPServer {
  /** The URL of each server on this machine. */
  urls: { name: string; url: string }[]
}

/**
 * Serves several servers behind one listener, with one guard and one dashboard: each at its own path below `path`. They
 * are listed at `/`. A token is for all of them: its resource is the origin.
 *
 * @param served - At least one server.
 * @param options - The options of `createHTTPServer`, which all servers share.
 * @throws What `createHTTPServer` throws.
 */
export async function serveSeveral(
  served: readonly NamedSource[],
  options: HTTPServerOptions,
): Promise<SeveralServers> {
  const base = options.path === undefined ? '/mcp' : options.path === '/' ? '' : options.path
  const [path, ...aliases] = served.map(({ slug }) => `${base}/${slug}`)
  const settings: Settings = {
    ...readOptions(takingContext, { ...options, path, aliases }),
    servesSeveral: true,
  }
  const tracker = new RequestTracker(takingContext, settings)
  const create = (source: NamedSource, onerror: (error: Error) => void) =>
    createSourceEndpoint(source, settings, tracker, onerror)
  const server = await startServer({
    settings,
    tracker,
    pages: { '/': listServers(served, settings) },
    createEndpoint: async (onerror) =>
      combine(await Promise.all(served.map((one) => create(one, onerror))), settings.paths),
  })
  const urls = served.map(({ name }, index) => ({
    name,
    url: new URL(settings.paths[index] ?? '', server.url).href,
  }))
  return { ...server, urls }
}

/** Stands for the factories, each of which may log in a request. */
const takingContext: HTTPServerFactory = (_context) => {
  throw new Error('serves no request')
}

const listServers = (served: readonly NamedSource[], { paths }: Settings): Responder => {
  const servers = served.map(({ name }, index) => ({ name, path: paths[index] }))
  return () => Response.json({ servers }, { headers: { 'cache-control': 'no-store' } })
}

function combine(endpoints: readonly Endpoint[], paths: readonly string[]): Endpoint {
  const [first] = endpoints
  if (!first) throw new TypeError('serveSeveral: there must be a server')
  const byPath = new Map(endpoints.map((endpoint, index) => [paths[index], endpoint]))
  // a handler of another library does not call observers
  const base = endpoints.every(({ mode }) => mode !== 'custom') ? first : { fetch: first.fetch.bind(first) }
  const sessions = endpoints.flatMap((endpoint) => endpoint.sessions ?? [])
  return {
    mode: first.mode,
    ...wrap(base, (request, options) =>
      (byPath.get(withoutSlash(readPath(request))) ?? first).fetch(request, options),
    ),
    close: async (options) => {
      await Promise.all(endpoints.map((endpoint) => endpoint.close(options)))
    },
    notify: notifyAll(endpoints.map(({ notify }) => notify)),
    sessions: sessions.length > 0 ? combineSessions(sessions) : undefined,
    tasks: undefined,
  }
}

const withoutSlash = (path: string): string => (path.endsWith('/') ? path.slice(0, -1) : path)

function notifyAll(notifiers: readonly ServerNotifier[]): ServerNotifier {
  const each = (notify: (one: ServerNotifier) => void): void => {
    for (const one of notifiers) notify(one)
  }
  return {
    toolsChanged: () => each((one) => one.toolsChanged()),
    promptsChanged: () => each((one) => one.promptsChanged()),
    resourcesChanged: () => each((one) => one.resourcesChanged()),
    resourceUpdated: (uri) => each((one) => one.resourceUpdated(uri)),
  }
}

const combineSessions = (all: readonly EndpointSessions[]): EndpointSessions => ({
  get size() {
    return all.reduce((sum, { size }) => sum + size, 0)
  },
  list: async () => (await Promise.all(all.map((one) => one.list()))).flat(),
  async end(id) {
    for (const one of all) if (await one.end(id)) return true
    return false
  },
})

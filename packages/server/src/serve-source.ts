import type { HTTPServerOptions } from './options.ts'
import { readOptions } from './read-options.ts'
import { RequestTracker } from './request-tracker.ts'
import { createSourceEndpoint, type Source } from './source.ts'
import { type HTTPServer, startServer } from './start-server.ts'

/**
 * Serves one source.
 *
 * @throws What `createHTTPServer` throws.
 */
export async function serveSource(source: Source, options: HTTPServerOptions): Promise<HTTPServer> {
  const settings = readOptions(source.input, options)
  const tracker = new RequestTracker(source.input, settings)
  return startServer({
    settings,
    tracker,
    createEndpoint: (onerror) => createSourceEndpoint(source, settings, tracker, onerror),
  })
}

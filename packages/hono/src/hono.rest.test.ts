import { createServer as createTlsServer } from 'node:https'
import type { Server } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { type AppSetup, describeFramework } from '@portico-example/testing/frameworks'
import { Hono } from 'hono'
import { compress } from 'hono/compress'
import {
  createMcpHonoApp,
  mcpAuthMetadataRouter,
  mcpCors,
  rateLimit,
  requireBearerAuth,
  toHonoHandler,
} from './index.ts'

describeFramework({
  plainApps: { 'a Hono of its own': [] },
  async listen(setup) {
    const { plainApp, protection, maxRequestBodySize, prefix = '/', tls } = setup
    const app = plainApp ? new Hono() : createMcpHonoApp({ ...protection, maxRequestBodySize })
    app.route(prefix, routesOf(setup))
    const server = createAdaptorServer({
      fetch: app.fetch,
      overrideGlobalObjects: false,
      ...(tls && { createServer: createTlsServer, serverOptions: tls }),
    } as never)
    await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
    return server as Server
  },
})

function routesOf(setup: AppSetup): Hono {
  const routes = new Hono()
  if (setup.compressed) routes.use(compress({ threshold: 0 }))
  if (setup.cors) routes.use(mcpCors(setup.cors))
  if (setup.metadata) routes.use(mcpAuthMetadataRouter(setup.metadata))
  if (setup.auth)
    for (const path of Object.keys(setup.endpoints)) routes.use(path, requireBearerAuth(setup.auth))
  if (setup.rateLimit) routes.use(rateLimit(setup.rateLimit))
  for (const [path, handler] of Object.entries(setup.endpoints)) routes.all(path, toHonoHandler(handler))
  return routes
}

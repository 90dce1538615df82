import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Server } from 'node:net'
import Router from '@koa/router'
import type { AppSetup } from '@portico-example/testing/frameworks'
import type Koa from 'koa'
import compress from 'koa-compress'
import {
  createMcpKoaApp,
  mcpAuthMetadataRouter,
  mcpCors,
  rateLimit,
  requireBearerAuth,
  toKoaHandler,
} from '../index.ts'

/** An app with its routes, listening. */
export async function listen(setup: AppSetup, app: Koa = appOf(setup)): Promise<Server> {
  if (setup.compressed) app.use(compress({ threshold: 0 }))
  if (setup.cors) app.use(mcpCors(setup.cors))
  if (setup.metadata) app.use(mcpAuthMetadataRouter(setup.metadata))
  app.use(routesOf(setup).routes())
  const server = setup.tls ? createTlsServer(setup.tls, app.callback()) : createServer(app.callback())
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  return server
}

const appOf = ({ protection, maxRequestBodySize }: AppSetup): Koa =>
  createMcpKoaApp({ ...protection, ...(maxRequestBodySize && { maxRequestBodySize }) })

function routesOf(setup: AppSetup): Router {
  const routes = new Router({ prefix: setup.prefix })
  const gates = [setup.auth && requireBearerAuth(setup.auth), setup.rateLimit && rateLimit(setup.rateLimit)]
  for (const [path, handler] of Object.entries(setup.endpoints)) {
    routes.all(path, ...gates.filter((gate) => gate !== undefined), toKoaHandler(handler))
  }
  return routes
}

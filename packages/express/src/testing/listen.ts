import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Server } from 'node:net'
import type { AppSetup } from '@portico-example/testing/frameworks'
import compression from 'compression'
import { type Express, Router } from 'express'
import {
  createMcpExpressApp,
  mcpAuthMetadataRouter,
  mcpCors,
  rateLimit,
  requireBearerAuth,
  toNodeHandler,
} from '../index.ts'

/** An app with its routes, listening. */
export async function listen(setup: AppSetup, app: Express = appOf(setup)): Promise<Server> {
  app.use(setup.prefix ?? '/', routesOf(setup))
  const server = setup.tls ? createTlsServer(setup.tls, app) : createServer(app)
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  return server
}

const appOf = ({ protection, maxRequestBodySize }: AppSetup): Express =>
  createMcpExpressApp({ ...protection, ...(maxRequestBodySize && { jsonLimit: maxRequestBodySize }) })

function routesOf(setup: AppSetup): Router {
  const routes = Router()
  if (setup.compressed) routes.use(compression({ threshold: 0 }))
  if (setup.cors) routes.use(mcpCors(setup.cors))
  if (setup.metadata) routes.use(mcpAuthMetadataRouter(setup.metadata))
  const gates = [setup.auth && requireBearerAuth(setup.auth), setup.rateLimit && rateLimit(setup.rateLimit)]
  for (const [path, handler] of Object.entries(setup.endpoints)) {
    routes.all(path, ...gates.filter((gate) => gate !== undefined), toNodeHandler(handler))
  }
  return routes
}

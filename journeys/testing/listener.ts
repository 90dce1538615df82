import type { RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { FastifyInstance } from 'fastify'
import type { Hono } from 'hono'

/** What answers on a server of `node:http`. */
export type Listener = RequestListener | Promise<RequestListener>

export const fromHono = (app: Hono): RequestListener =>
  getRequestListener(app.fetch, { overrideGlobalObjects: false })

export async function fromFastify(app: FastifyInstance): Promise<RequestListener> {
  await app.ready()
  return (request, response) => app.routing(request, response)
}

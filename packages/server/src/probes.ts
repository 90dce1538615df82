import type { Served } from './serve-input.ts'

/** What a server is at. */
export interface ServerState {
  /** Whether it stops: what is in flight is answered, and nothing new. */
  draining: boolean
}

/** Answers a request for a path of its own. */
export type Responder = (request: Request) => Response | Promise<Response>

/** What orchestrators and load balancers ask: whether the process lives, and whether it takes requests. */
export const openProbes = (state: ServerState, { mode, sessions }: Served): Record<string, Responder> => ({
  '/health': () =>
    report(200, { status: 'ok', mode, activeSessions: sessions?.size ?? 0, uptime: process.uptime() }),
  '/ready': () => (state.draining ? report(503, { status: 'draining' }) : report(200, { status: 'ready' })),
})

const report = (status: number, body: object): Response =>
  Response.json(body, { status, headers: { 'cache-control': 'no-store' } })

/** Answers GET and HEAD, and refuses anything else. */
export const readOnly =
  (respond: Responder): Responder =>
  async (request) => {
    const { method } = request
    if (method !== 'GET' && method !== 'HEAD') {
      const body = { error: 'method_not_allowed', error_description: `The method ${method} is not allowed` }
      return Response.json(body, { status: 405, headers: { allow: 'GET, HEAD' } })
    }
    const response = await respond(request)
    return method === 'HEAD' ? new Response(null, response) : response
  }

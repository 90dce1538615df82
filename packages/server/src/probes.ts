import type { Endpoint } from './endpoint.ts'

/** The state of a server. */
export interface ServerState {
  /** Whether the server is stopping: requests in flight are answered, new ones are not accepted. */
  draining: boolean
}

/** Answers requests for one path. */
export type Responder = (request: Request) => Response | Promise<Response>

/** Creates the probes of orchestrators and load balancers: whether the process lives, and whether it takes requests. */
export const createProbes = (
  state: ServerState,
  { mode, sessions, tasks }: Endpoint,
): Record<string, Responder> => ({
  '/health': () =>
    report(200, {
      status: 'ok',
      mode,
      activeSessions: sessions?.size ?? 0,
      ...(tasks && { activeTasks: tasks.running }),
      uptime: process.uptime(),
    }),
  '/ready': () => (state.draining ? report(503, { status: 'draining' }) : report(200, { status: 'ready' })),
})

const report = (status: number, body: object): Response =>
  Response.json(body, { status, headers: { 'cache-control': 'no-store' } })

/** Answers GET and HEAD, and other methods with 405. */
export const answerReads =
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

import type autocannon from 'autocannon'
import type { SubjectProcess } from './commands.ts'
import { tokenSource } from './tokens.ts'
import { requestOf, type Work } from './work.ts'

/**
 * What the requests of a load carry: nothing besides the call, a bearer token (always the same, or another each
 * time), or the session of their connection.
 */
export type Load = 'plain' | 'token' | 'new-tokens' | 'sessions'

/** What a load needs besides the requests of its work. */
export type LoadOptions = Partial<Pick<autocannon.Options, 'requests' | 'setupClient' | 'idReplacement'>> & {
  headers: Record<string, string>
  body: string
}

/** Makes ready what the requests of a load carry; opens its sessions, one for each connection. */
export async function prepareLoad(
  load: Load,
  { ask }: SubjectProcess,
  url: string,
  work: Work,
  connections: number,
): Promise<LoadOptions> {
  const { headers, body } = requestOf(work)
  if (load === 'plain') return { headers, body }
  if (load === 'sessions') return prepareSessions(url, work, connections)
  const next = tokenSource(await ask('signingKey', { work }))
  const bearer = (token: string) => ({ ...headers, authorization: `Bearer ${token}` })
  if (load === 'token') return { headers: bearer(next()), body }
  const setupRequest = (request: object) => ({ ...request, headers: bearer(next()) })
  return { headers: bearer(next()), body, requests: [{ setupRequest }] }
}

async function prepareSessions(url: string, work: Work, connections: number): Promise<LoadOptions> {
  const { headers, body } = requestOf(work)
  const ids = await Promise.all(Array.from({ length: connections }, () => openSession(url, work)))
  let last = 0
  return {
    headers: { ...headers, 'mcp-session-id': ids[0]! },
    body: body.replace('"id":1', '"id":"[<id>]"'),
    // a session refuses an id that is in use
    idReplacement: true,
    setupClient: (client) => client.setHeaders({ ...headers, 'mcp-session-id': ids[last++ % connections]! }),
  }
}

async function openSession(url: string, work: Work): Promise<string> {
  const post = (request: { headers: Record<string, string>; body: string }) =>
    fetch(url, { method: 'POST', ...request })
  const response = await post(requestOf({ ...work, method: 'initialize' }))
  const id = response.headers.get('mcp-session-id')
  if (!id) throw new Error(`${url} opened no session: ${response.status} ${await response.text()}`)
  await response.arrayBuffer()
  const body = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })
  await (await post({ headers: { ...requestOf(work).headers, 'mcp-session-id': id }, body })).arrayBuffer()
  return id
}

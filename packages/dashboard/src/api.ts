import type { McpHandlerRequestOptions } from '@portico-mcp/core'
import { done, json, notFound } from './answers.ts'
import type { AuditRunner } from './audits.ts'
import type { Feeds } from './feeds.ts'
import type { Settings } from './options.ts'
import type { Traffic } from './traffic.ts'

const SESSION = /^\/sessions\/([\w.~-]{1,128})$/

/** Answers requests of the page to its API. */
export async function answerPage(
  request: Request,
  name: string,
  given: McpHandlerRequestOptions,
  {
    traffic,
    feeds,
    audits,
    settings,
  }: { traffic: Traffic; feeds: Feeds; audits: AuditRunner; settings: Settings },
): Promise<Response> {
  const { method } = request
  const { sessions } = settings
  if (name === '/traffic' && method === 'GET') return feeds.open(given.streaming ?? true)
  if (name === '/traffic' && method === 'DELETE') {
    traffic.clear()
    return done()
  }
  if (name === '/audits' && method === 'POST' && settings.audits) return audits.open(request, given)
  if (!sessions) return notFound()
  if (name === '/sessions' && method === 'GET') return json({ sessions: await sessions.list() })
  const [, id] = SESSION.exec(name) ?? []
  if (id === undefined || method !== 'DELETE') return notFound()
  return (await sessions.end(id)) ? done() : notFound()
}

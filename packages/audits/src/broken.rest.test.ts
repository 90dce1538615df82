import { ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createAuditFixture } from './fixture.ts'
import { isConforming, runAudits } from './run.ts'
import type { Target } from './target.ts'
import { answering, rewriting, tampering } from './testing/broken.ts'

const handler = createMcpHandler(createAuditFixture({ McpServer, ResourceTemplate, z }))
const good: Target = { url: 'http://audit.test/mcp', fetch: handler.fetch }

async function failures(target: Target, only: string | string[] = ''): Promise<string[]> {
  const results = await runAudits(target, { only, timeoutMs: 300 })
  return results.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id)
}

/** What of a good handler fails already; nothing here may be blamed on a tampering. */
const BASELINE: readonly string[] = await failures(good, ['modern/', 'legacy/'])

async function newFailures(target: Target, only: string | string[] = ''): Promise<string[]> {
  return (await failures(target, only)).filter((id) => !BASELINE.includes(id))
}

function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })
}

describe('audits of a broken server', () => {
  it('fail where everything is answered with 200 and an empty result', async () => {
    const target = answering(() => json({ jsonrpc: '2.0', id: 1, result: {} }))
    const failed = await failures(target)
    expect(failed).toContain('modern/headers/missing-method')
    expect(failed).toContain('modern/envelope/no-meta')
    expect(failed).toContain('modern/discover/versions')
    expect(failed).toContain('modern/json-rpc/string-id')
    expect(failed).toContain('modern/subscriptions/acknowledged')
    expect(failed).toContain('legacy/initialize/2025-11-25')
    expect(failed).toContain('legacy/versions/unknown')
    expect(failed).toContain('legacy/batches/answered')
    expect(failed.length).toBeGreaterThan(150)
  })

  it('fail where resultType is missing', async () => {
    const target = rewriting(good, (text) => text.replaceAll('"resultType":"complete",', ''))
    const failed = await newFailures(target, 'modern/')
    expect(failed.filter((id) => !id.startsWith('modern/result-type/'))).toEqual([])
    expect(failed).toContain('modern/result-type/tools-call')
    expect(failed.length).toBe(10)
  })

  it('fail where JSON is announced as an event stream', async () => {
    const target = tampering(
      good,
      ({ body, status }) => new Response(body, { status, headers: { 'content-type': 'text/event-stream' } }),
    )
    const failed = await newFailures(target, ['modern/http', 'modern/accept'])
    expect(failed).toContain('modern/http/json-error')
    expect(failed).toContain('modern/accept/json')
    expect(failed).toContain('modern/accept/json-error')
  })

  it('fail where a subscription is never acknowledged', async () => {
    const ack = 'notifications/subscriptions/acknowledged'
    const target = rewriting(good, (text) => (text.includes(ack) ? ': nothing\n\n' : text))
    const asked = ['modern/subscriptions/acknowledged', 'modern/changes/tools']
    expect(await failures(target, [...asked, 'modern/subscriptions/no-filter'])).toEqual(asked)
  })

  it('fail where changes are told to everybody', async () => {
    const everything = {
      toolsListChanged: true,
      promptsListChanged: true,
      resourcesListChanged: true,
      resourceSubscriptions: ['audit://watched', 'audit://text'],
    }
    const target = asking(good, (message) =>
      message.method === 'subscriptions/listen'
        ? { ...message, params: { ...message.params, notifications: everything } }
        : message,
    )
    const failed = await newFailures(target, ['modern/subscriptions', 'modern/changes'])
    expect(failed).toContain('modern/changes/other-kind')
    expect(failed).toContain('modern/changes/false-kind')
    expect(failed).toContain('modern/changes/other-resource')
    expect(failed).toContain('modern/subscriptions/honoured')
    expect(failed).toContain('modern/subscriptions/empty')
  })

  it('fail where ids become strings', async () => {
    const target = rewriting(good, (text) => text.replace(/"id":(-?\d+)/g, '"id":"$1"'))
    const failed = await newFailures(target, 'modern/json-rpc')
    expect(failed).toContain('modern/json-rpc/zero-id')
    expect(failed).toContain('modern/json-rpc/largest-id')
    expect(failed).not.toContain('modern/json-rpc/string-id')
  })

  it('fail where tokens and subscription ids become strings', async () => {
    const target = rewriting(good, (text) =>
      text.replace(/"(progressToken|[^"]*subscriptionId)":(-?\d+)/g, '"$1":"$2"'),
    )
    expect(await newFailures(target, ['modern/streams', 'modern/progress', 'modern/subscriptions'])).toEqual([
      'modern/progress/integer-token',
      'modern/progress/zero-token',
      'modern/subscriptions/integer-id',
    ])
  })

  it('fail where a notification is answered with a body', async () => {
    const target = tampering(good, (response) =>
      response.status === 202 ? new Response('null', { status: 202 }) : response,
    )
    expect(
      await newFailures(target, ['modern/http', 'legacy/messages', 'legacy/batches', 'legacy/initialize']),
    ).toEqual([
      'modern/http/notification',
      'legacy/initialize/initialized',
      'legacy/messages/notification',
      'legacy/messages/cancelled',
      'legacy/messages/roots-changed',
      'legacy/messages/response',
      'legacy/messages/error-response',
      'legacy/batches/notifications',
    ])
  })

  it('fail where nothing is ever answered', async () => {
    const target = answering(() => new Promise(() => {}))
    const [result] = await runAudits(target, { only: 'modern/discover/answers', timeoutMs: 50 })
    expect(result).toMatchObject({ outcome: 'failed', message: 'no answer within 50 ms' })
  })

  it('fail where headers are not compared with the body', async () => {
    const target = asking(
      good,
      (message) => message,
      (headers, message) => {
        headers.set('mcp-method', String(message.method))
        headers.set('mcp-protocol-version', '2026-07-28')
      },
    )
    const failed = await newFailures(target, ['modern/headers', 'modern/names'])
    expect(failed).toContain('modern/headers/missing-version')
    expect(failed).toContain('modern/headers/method-case')
    expect(failed).toContain('modern/headers/method-of-listen')
    expect(failed.every((id) => id.startsWith('modern/headers/'))).toBe(true)
  })

  it('fail where a stream loses what is not the answer', async () => {
    const target = rewriting(good, (text) => (text.includes('"method":"notifications/progress"') ? '' : text))
    const failed = await newFailures(target, ['modern/streams', 'modern/progress', 'legacy/streams'])
    expect(failed).toContain('modern/streams/notifications')
    expect(failed).toContain('modern/progress/increasing')
    expect(failed).toContain('legacy/streams/progress')
  })

  it('fail where the status is always 200', async () => {
    const target = tampering(good, ({ body, headers }) => new Response(body, { headers }))
    const failed = await newFailures(target, 'modern/')
    expect(failed).toContain('modern/errors/unknown-method')
    expect(failed).toContain('modern/removed/ping')
    expect(failed).toContain('modern/versions/later')
    expect(failed).toContain('modern/input/sampling')
    expect(failed).toContain('modern/http/get')
  })

  it('fail where a signal never arrives', async () => {
    const target: Target = {
      url: good.url,
      fetch: (request) => good.fetch(new Request(request, { signal: null })),
    }
    expect(await newFailures(target, 'modern/cancellation')).toContain('modern/cancellation/before-answer')
  })

  it('fail where stacks are told', async () => {
    const stack = 'audit-internals\\n    at read (/srv/secret.ts:1:1)'
    const target = rewriting(good, (text) => text.replace('audit-internals at /srv/secret.ts:1', stack))
    expect(await newFailures(target, ['modern/errors', 'legacy/features'])).toEqual([
      'modern/errors/broken-resource',
      'modern/errors/broken-prompt',
      'legacy/features/broken-resource',
      'legacy/features/broken-prompt',
    ])
  })

  it('fail where fields of 2026-07-28 reach a 2025-era client', async () => {
    const target = rewriting(good, (text) => text.replace('"result":{', '"result":{"ttlMs":0,'))
    const failed = await newFailures(target, 'legacy/')
    expect(failed).toContain('legacy/initialize/no-modern-fields')
    expect(failed).toContain('legacy/features/no-modern-fields')
  })
})

describe('audits that cannot be put to a server', () => {
  it('are skipped, with what is missing', async () => {
    const plain = createMcpHandler(() => new McpServer({ name: 'plain', version: '1.0.0' }))
    const results = await runAudits({ url: good.url, fetch: plain.fetch })
    const skipped = results.filter(({ outcome }) => outcome === 'skipped')
    expect(skipped.length).toBeGreaterThan(100)
    for (const { message } of skipped) expect(message).toMatch(/^needs the /)
    expect(results.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id)).toEqual(
      BASELINE.filter((id) => results.some((result) => result.id === id && result.outcome === 'failed')),
    )
  })

  it('are skipped where an era is not served, unless it was asked for', async () => {
    const modern = createMcpHandler(() => new McpServer({ name: 'plain', version: '1.0.0' }), {
      legacy: 'reject',
    })
    const target = { url: good.url, fetch: modern.fetch }
    const [ping] = await runAudits(target, { only: 'legacy/features/ping' })
    expect(ping).toMatchObject({ outcome: 'skipped', message: 'the server does not serve 2025-era clients' })
    const [asked] = await runAudits(target, { only: 'legacy/features/ping', era: 'legacy' })
    expect(asked).toMatchObject({ outcome: 'failed' })
  })

  it('do not make a server conforming that nothing could be asked of', async () => {
    const target = answering(() =>
      json({ jsonrpc: '2.0', id: 1, error: { code: -32601, message: 'No' } }, 404),
    )
    expect(isConforming(await runAudits(target))).toBe(false)
  })
})

interface Call {
  method?: unknown
  params?: Record<string, unknown>
}

/** A target that is asked something else than what was sent. */
function asking(
  target: Target,
  change: (message: Call) => Call,
  changeHeaders: (headers: Headers, message: Call) => void = () => {},
): Target {
  return {
    url: target.url,
    fetch: async (request) => {
      if (request.method !== 'POST') return target.fetch(request)
      const text = await request.text()
      const message = parse(text)
      if (!message) return target.fetch(new Request(request, { body: text }))
      const headers = new Headers(request.headers)
      changeHeaders(headers, message)
      const init = { method: 'POST', headers, body: JSON.stringify(change(message)), signal: request.signal }
      return target.fetch(new Request(request.url, init))
    },
  }
}

function parse(text: string): Call | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'method' in value ? (value as Call) : undefined
  } catch {
    return undefined
  }
}

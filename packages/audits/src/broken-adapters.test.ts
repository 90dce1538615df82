import { ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Target } from './audit.ts'
import { audits } from './audits.ts'
import { createAuditFixture } from './fixture.ts'
import { runAudits } from './run.ts'

const handler = createMcpHandler(createAuditFixture({ McpServer, ResourceTemplate, z }))

type Fetch = Target['fetch']

/** What adapters run. */
const CARRIED = ['http', 'platform'] as const

/** Fails an audit that waits for what never comes. */
const TIMEOUT_MS = 300

/** A request as an adapter builds it from what its platform hands over. */
async function rebuild(
  request: Request,
  change: { headers?: Headers; body?: Uint8Array<ArrayBuffer>; method?: string; signal?: AbortSignal | null },
): Promise<Request> {
  const { method = request.method, headers = request.headers, signal = request.signal } = change
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const body = hasBody ? (change.body ?? new Uint8Array(await request.arrayBuffer())) : null
  return new Request(request.url, { method, headers, body, signal })
}

const changingHeaders =
  (change: (headers: Headers) => void): Fetch =>
  async (request) => {
    const headers = new Headers(request.headers)
    change(headers)
    return handler.fetch(await rebuild(request, { headers }))
  }

const changingAnswers =
  (change: (response: Response, request: Request) => Response | Promise<Response>): Fetch =>
  async (request) =>
    change(await handler.fetch(request.clone()), request)

const changingBodies =
  (change: (body: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>): Fetch =>
  async (request) => {
    const body = change(new Uint8Array(await request.arrayBuffer()))
    return handler.fetch(await rebuild(request, { body }))
  }

/** Serves one request after another. */
function oneAtATime(): Fetch {
  let before: Promise<unknown> = Promise.resolve()
  return (request) => {
    const answer = before.then(async () => {
      const response = await handler.fetch(request)
      const body = await response.arrayBuffer()
      return new Response(response.status === 202 ? null : body, response)
    })
    before = answer.catch(() => {})
    return answer
  }
}

const DEFECTS: readonly [defect: string, fetch: Fetch, finds: readonly string[]][] = [
  [
    'loses the Accept header',
    changingHeaders((headers) => headers.delete('accept')),
    ['modern/accept/json', 'legacy/http/unacceptable'],
  ],
  [
    'loses headers that it does not know',
    changingHeaders((headers) => {
      for (const name of [...headers.keys()]) if (name.startsWith('mcp-')) headers.delete(name)
    }),
    ['modern/http/header-names', 'modern/discover/answers', 'legacy/versions/unknown'],
  ],
  [
    'keeps the first of several values of a header',
    changingHeaders((headers) => {
      for (const [name, value] of [...headers])
        if (name.startsWith('mcp-')) headers.set(name, value.split(',')[0]!)
    }),
    ['modern/headers/repeated-version', 'modern/headers/repeated-method', 'modern/names/tool-repeated'],
  ],
  [
    'drops empty headers',
    changingHeaders((headers) => {
      for (const [name, value] of [...headers]) if (value === '') headers.delete(name)
    }),
    ['modern/param-headers/empty'],
  ],
  [
    'writes header values in lower case',
    changingHeaders((headers) => {
      for (const [name, value] of [...headers])
        if (name.startsWith('mcp-')) headers.set(name, value.toLowerCase())
    }),
    ['modern/headers/method-case', 'modern/names/base64-unicode'],
  ],
  [
    'reads the body, and hands on the request',
    async (request) => {
      await request.text()
      return handler.fetch(request)
    },
    ['modern/discover/answers', 'legacy/features/tool', 'modern/http/notification'],
  ],
  [
    'reads the body as Latin-1',
    changingBodies((body) => new TextEncoder().encode(Buffer.from(body).toString('latin1'))),
    ['modern/json-rpc/unicode', 'legacy/messages/unicode'],
  ],
  [
    'parses and prints the body',
    changingBodies((body) =>
      new TextEncoder().encode(JSON.stringify({ ...JSON.parse(`${Buffer.from(body)}`) })),
    ),
    ['modern/json-rpc/not-json', 'legacy/batches/answered'],
  ],
  [
    'takes small bodies only',
    async (request) => {
      const body = new Uint8Array(await request.arrayBuffer())
      if (body.length > 100_000) return new Response(null, { status: 413 })
      return handler.fetch(await rebuild(request, { body }))
    },
    ['modern/limits/large-enough', 'modern/limits/error'],
  ],
  [
    'answers 200 to everything',
    changingAnswers(({ body, headers }) => new Response(body, { headers })),
    [
      'modern/http/get',
      'modern/http/notification',
      'modern/errors/unknown-method',
      'modern/json-rpc/not-json',
    ],
  ],
  [
    'answers 404 with a page of its own',
    changingAnswers((response) =>
      response.status === 404
        ? new Response('<h1>Not found</h1>', { status: 404, headers: { 'content-type': 'text/html' } })
        : response,
    ),
    ['modern/errors/unknown-method'],
  ],
  [
    'routes POST alone',
    async (request) =>
      request.method === 'POST' ? handler.fetch(request) : new Response(null, { status: 404 }),
    ['modern/http/get', 'modern/http/delete', 'modern/http/allow', 'legacy/http/get'],
  ],
  [
    'loses the headers of answers',
    changingAnswers(({ body, status, headers }) => {
      const type = headers.get('content-type')
      return new Response(body, { status, headers: type === null ? {} : { 'content-type': type } })
    }),
    ['modern/http/allow', 'modern/streams/no-buffering', 'modern/subscriptions/no-buffering'],
  ],
  [
    'announces everything as JSON',
    changingAnswers(
      ({ body, status }) => new Response(body, { status, headers: { 'content-type': 'application/json' } }),
    ),
    ['modern/accept/stream', 'modern/streams/notifications'],
  ],
  [
    'holds a stream back until it ends',
    changingAnswers(async (response) => {
      const body = await response.arrayBuffer()
      return new Response(response.status === 202 ? null : body, response)
    }),
    ['modern/subscriptions/acknowledged', 'modern/changes/tools', 'modern/cancellation/while-streaming'],
  ],
  [
    'does not say that a client has left',
    async (request) => handler.fetch(await rebuild(request, { signal: null })),
    ['modern/cancellation/before-answer'],
  ],
  [
    'goes on reading a stream that its client has left',
    async (request) => {
      const response = await handler.fetch(await rebuild(request, { signal: null }))
      const [body, kept] = response.body?.tee() ?? [null, null]
      void kept?.pipeTo(new WritableStream()).catch(() => {})
      return new Response(body, response)
    },
    ['modern/cancellation/while-streaming'],
  ],
  ['serves one request at a time', oneAtATime(), ['modern/subscriptions/stays-open', 'modern/changes/tools']],
]

describe('the audits that an adapter runs', () => {
  it.each(DEFECTS)('find an adapter that %s', async (_, fetch, finds) => {
    const target = { url: 'http://audit.test/mcp', fetch }
    const results = await runAudits(target, { only: finds, layer: CARRIED, timeoutMs: TIMEOUT_MS })
    const failed = results.filter(({ outcome }) => outcome !== 'passed').map(({ id }) => id)
    expect(failed).toEqual(expect.arrayContaining([...finds]))
  })

  it('pass where nothing is wrong', async () => {
    const ids = new Set(DEFECTS.flatMap(([, , finds]) => finds))
    const target = { url: 'http://audit.test/mcp', fetch: handler.fetch }
    const results = await runAudits(target, { only: [...ids], layer: CARRIED })
    expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([])
  })

  it('are less than half of all', () => {
    const carried = audits.filter(({ layer }) => layer !== 'protocol')
    expect(carried.length).toBeLessThan(audits.length / 2)
  })
})

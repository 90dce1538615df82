import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { describeNotes, type Example, startExample } from '@portico/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const page = 'https://app.example.com'
const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }

const post = (url: string, headers: Record<string, string> = {}, body: unknown = ping) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

describe('the notes on node:http', () => describeNotes('node-http'))

describe('their door', () => {
  let example: Example
  beforeAll(async () => {
    example = await startExample('node-http', { PUBLIC_URL: 'https://notes.example.com/mcp' })
  })
  afterAll(() => example?.stop())

  it('lets a page of an allowed origin send what MCP needs', async () => {
    const { status, headers } = await fetch(example.url, {
      method: 'OPTIONS',
      headers: {
        origin: page,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'mcp-method, mcp-param-region',
      },
    })
    expect([status, headers.get('access-control-allow-origin')]).toEqual([204, page])
    expect(headers.get('access-control-allow-headers')).toMatch(/Mcp-Method.*mcp-param-region$/)
  })

  it('lets it read answers, refusals too', async () => {
    const answers = await Promise.all([
      post(example.url, { origin: page }),
      post(example.url, { origin: page }, []),
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 400])
    for (const { headers } of answers) expect(headers.get('access-control-allow-origin')).toBe(page)
  })

  it.each([
    ['notes.example.com', 200],
    ['127.0.0.1', 200],
    ['evil.example.com', 403],
  ])('answers a request for the host %s with %i', async (host, status) => {
    expect((await postTo(host)).statusCode).toBe(status)
  })

  it('gives listeners their result when it is told to stop, and ends with code 0', async () => {
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    }
    const params = { notifications: { resourcesListChanged: true }, _meta }
    const modern = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'subscriptions/listen' }
    const method = 'subscriptions/listen'
    const stream = await post(example.url, modern, { jsonrpc: '2.0', id: 'all', method, params })
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    const [heard, code] = await Promise.all([stream.text(), example.stop()])
    expect(heard).toMatch(/"id":"all","result":.*\n\n$/)
    expect(code).toBe(0)
  })

  // fetch sets Host by itself
  async function postTo(host: string): Promise<{ statusCode?: number }> {
    return new Promise((resolve, reject) => {
      const headers = { host, 'content-type': 'application/json' }
      request(example.url, { method: 'POST', headers }, (response) => {
        text(response).then(() => resolve(response), reject)
      })
        .on('error', reject)
        .end(JSON.stringify(ping))
    })
  }
})

describe('a client in a hurry', () => {
  let example: Example
  beforeAll(async () => {
    example = await startExample('node-http')
  })
  afterAll(() => example?.stop())

  it('is told when to come back', async () => {
    const answers = await Promise.all(Array.from({ length: 300 }, () => post(example.url, { origin: page })))
    const late = answers.find(({ status }) => status === 429)
    expect(late?.headers.get('retry-after')).toBe('1')
    expect(late?.headers.get('access-control-allow-origin')).toBe(page)
    expect(await late?.json()).toMatchObject({ error: { data: { reason: 'rate-limited' } } })
  })
})

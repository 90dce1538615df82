import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { describeNotes, type Example, startExample } from '@portico-example/testing/examples'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const page = 'https://app.example.com'
const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }

const post = (url: string, body: unknown = ping) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: page },
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
    const answers = await Promise.all([post(example.url), post(example.url, [])])
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
    const answers = await Promise.all(Array.from({ length: 300 }, () => post(example.url)))
    const late = answers.find(({ status }) => status === 429)
    expect(late?.headers.get('retry-after')).toBe('1')
    expect(late?.headers.get('access-control-allow-origin')).toBe(page)
    expect(await late?.json()).toMatchObject({ error: { data: { reason: 'rate-limited' } } })
  })
})

import {
  callTool,
  describeNotes,
  type Example,
  officialClients,
  startExample,
} from '@portico-example/testing/examples'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

describe('the notes, observed', () => describeNotes('telemetry'))

describe('what is observed of them', () => {
  let example: Example
  beforeAll(async () => {
    example = await startExample('telemetry')
  })
  afterAll(() => example?.stop())

  const printed = async (pattern: RegExp) => JSON.parse((await example.prints(pattern))[1]!)

  it.each(Object.entries(officialClients))('is a span for each call of the client %s', async (_, connect) => {
    const client = await connect(example.url)
    const text = crypto.randomUUID()
    await callTool(client, 'add-note', { text })
    await client.close()
    const { attributes } = await printed(/^span tools\/call add-note \S+ ms (.*)$/m)
    expect(attributes).toMatchObject({ 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'add-note' })
    expect(JSON.stringify(attributes)).not.toContain(text)
  })

  it('hangs below the trace of the caller, and over what is done for it', async () => {
    const traceId = crypto.randomUUID().replaceAll('-', '')
    const _meta = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` }
    const response = await fetch(example.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 'traced', method: 'tools/list', params: { _meta } }),
    })
    expect(response.status).toBe(200)
    const list = await printed(new RegExp(`^span tools/list \\S+ ms (.*${traceId}.*)$`, 'm'))
    expect(list.parentSpanId).toBe('00f067aa0ba902b7')
    const built = await printed(new RegExp(`^span build the server \\S+ ms (.*${traceId}.*)$`, 'm'))
    expect(built.parentSpanId).toBe(list.spanId)
  })

  it('is a refusal, by its reason', async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'prompts/list' })
    const headers = { 'content-type': 'application/json', origin: 'http://evil.example.com' }
    expect((await fetch(example.url, { method: 'POST', headers, body })).status).toBe(403)
    const { attributes } = await printed(/^span prompts\/list \S+ ms (.*)$/m)
    expect(attributes).toMatchObject({ 'error.type': '-32600' })
    await example.stop()
    await example.prints(/portico\.server\.rejections[\s\S]*origin-not-allowed/)
  })
})

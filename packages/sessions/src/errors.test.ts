import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { CallToolRequestSchema, GetPromptRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { createMcpHandler } from '@portico-mcp/core'
import { describe, expect, it, vi } from 'vitest'
import { sessions } from './index.ts'
import { RawClient } from './testing/http.ts'

const factory = () => {
  const server = new Server(
    { name: 'failing', version: '1.0.0' },
    { capabilities: { tools: {}, prompts: {} } },
  )
  server.setRequestHandler(CallToolRequestSchema, async () => {
    throw new Error('Quota exceeded until 18:00')
  })
  server.setRequestHandler(GetPromptRequestSchema, async () => {
    throw Object.assign(new Error('Unknown prompt'), { code: -32601, data: { name: 'x' } })
  })
  return server
}

async function errorsOf(maskErrors: boolean) {
  const onerror = vi.fn()
  const client = new RawClient(
    createMcpHandler(factory, { legacy: sessions(), responseMode: 'json', maskErrors, onerror }),
  )
  await client.open()
  const answers = [await client.tool('x'), await client.call('prompts/get', { name: 'x' })]
  const errors = await Promise.all(
    answers.map(async (answer) => [answer.status, (await answer.json()).error]),
  )
  return { errors, reported: onerror.mock.calls.map(([error]) => error.message) }
}

describe('what a handler throws in a session', () => {
  const coded = [200, { code: -32601, message: 'Unknown prompt', data: { name: 'x' } }]

  it('reaches the client with its code and data, and onerror', async () => {
    expect(await errorsOf(false)).toEqual({
      errors: [[200, { code: -32603, message: 'Quota exceeded until 18:00' }], coded],
      reported: ['tools/call failed: Quota exceeded until 18:00'],
    })
  })

  it('is masked with maskErrors, unless it has a code', async () => {
    expect(await errorsOf(true)).toEqual({
      errors: [[200, { code: -32603, message: 'Internal error' }], coded],
      reported: ['tools/call failed: Quota exceeded until 18:00'],
    })
  })
})

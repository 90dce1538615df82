import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { type Example, runCommand, startExample, textOf } from '@portico-example/testing/examples'
import { afterAll, beforeAll, expect, it } from 'vitest'

const SESSIONS = mkdtempSync(join(tmpdir(), 'portico-bakery-'))

let bakery: Example

beforeAll(async () => {
  bakery = await startExample('sessions', { SESSIONS })
})

afterAll(async () => {
  await bakery?.stop()
  rmSync(SESSIONS, { recursive: true })
})

/** A client that finds the bakery wherever it is. */
async function connect(): Promise<{ client: Client; transport: StreamableHTTPClientTransport }> {
  const client = new Client({ name: 'Ann', version: '1.0.0' }, { capabilities: { elicitation: {} } })
  client.setRequestHandler(ElicitRequestSchema, async () => ({
    action: 'accept',
    content: { bread: 'baguette' },
  }))
  const transport = new StreamableHTTPClientTransport(new URL(bakery.url), {
    fetch: (_, init) => fetch(bakery.url, init),
  })
  await client.connect(transport)
  return { client, transport }
}

it('keeps the session of a client over a restart, with all that it said', async () => {
  const { client, transport } = await connect()
  const greeting = `Hello Ann, in session ${transport.sessionId}`
  expect(textOf(await client.callTool({ name: 'greet' }))).toBe(greeting)
  await bakery.stop()
  expect(readdirSync(SESSIONS).length).toBe(1)
  bakery = await startExample('sessions', { SESSIONS })
  expect(textOf(await client.callTool({ name: 'greet' }))).toBe(greeting)
  expect(textOf(await client.callTool({ name: 'order' }))).toBe('One baguette')
  await transport.terminateSession()
  expect(readdirSync(SESSIONS)).toEqual([])
  await client.close()
})

it('tells how far it is', async () => {
  const { client } = await connect()
  const heard: number[] = []
  const onprogress = ({ progress }: { progress: number }): void => void heard.push(progress)
  const result = await client.callTool({ name: 'bake', arguments: { minutes: 5 } }, undefined, { onprogress })
  expect([textOf(result), heard]).toEqual(['Baked', [1, 2, 3, 4, 5]])
  await client.close()
})

it('prints commands that open, use and end a session', async () => {
  const [, commands] = await bakery.prints(/its end:\n([\s\S]*?DELETE[^\n]*)\n/)
  const { result } = await runCommand(commands!)
  expect(result.content[0].text).toMatch(/^Hello curl, in session [\da-f-]{36}$/)
})

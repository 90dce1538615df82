import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { describeContractProcess } from '@portico-example/testing/contract-process'
import {
  callTool,
  type Example,
  officialClients,
  startExample,
  textOf,
} from '@portico-example/testing/examples'
import { inModules } from '@portico-example/testing/runtimes'
import { eventStoreContract, sessionBusContract, sessionStoreContract } from '@portico-mcp/sessions/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'portico-deno-kv-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('on Deno KV', () => {
  describeContractProcess(
    {
      command: inModules('deno/deno'),
      args: [
        ...['run', '--unstable-kv', '--allow-env', '--allow-read', '--allow-write', '--no-check'],
        fileURLToPath(new URL('testing/contracts.ts', import.meta.url)),
      ],
      env: () => ({ KV: join(folder, 'contracts') }),
    },
    {
      'the session store': sessionStoreContract,
      'the event store': eventStoreContract,
      'the bus': sessionBusContract,
      'events of more than a value': [
        { id: 'deno-kv/large-events', title: 'are stored in parts' },
        { id: 'deno-kv/too-large-events', title: 'are rejected where no transaction takes them' },
      ],
    },
  )
})

describe('the bakery', () => {
  const KV = join(folder, 'bakery')
  let bakery: Example
  beforeAll(async () => {
    bakery = await startExample('deno-kv', { KV })
  })
  afterAll(() => bakery?.stop())

  it.each(Object.entries(officialClients))('serves the official client %s', async (_, connect) => {
    const client = await connect(bakery.url)
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['greet', 'order'])
    expect(textOf(await callTool(client, 'greet'))).toMatch(/^Hello client, /)
    await client.close()
  })

  it('keeps the session of a client over a restart', async () => {
    const client = new Client({ name: 'Ann', version: '1.0.0' }, { capabilities: { elicitation: {} } })
    client.setRequestHandler(ElicitRequestSchema, async () => ({
      action: 'accept',
      content: { bread: 'rye' },
    }))
    const transport = new StreamableHTTPClientTransport(new URL(bakery.url), {
      fetch: (_, init) => fetch(bakery.url, init),
    })
    await client.connect(transport)
    const greeting = `Hello Ann, in session ${transport.sessionId}`
    expect(textOf(await client.callTool({ name: 'greet' }))).toBe(greeting)
    await bakery.stop()
    bakery = await startExample('deno-kv', { KV })
    expect(textOf(await client.callTool({ name: 'greet' }))).toBe(greeting)
    expect(textOf(await client.callTool({ name: 'order' }))).toBe('One rye')
    await transport.terminateSession()
    await client.close()
  })
})

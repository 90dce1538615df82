import { fileURLToPath } from 'node:url'
import { Client as Client2 } from '@modelcontextprotocol/client'
import { StdioClientTransport as Transport2 } from '@modelcontextprotocol/client/stdio'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/stdio.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it } from 'vitest'
import { isRunning } from '../testing/processes.ts'

const info = { name: 'official', version: '1.0.0' }
const capabilities = { elicitation: { form: {} } }
const answer = async () => ({ action: 'accept' as const, content: { city: 'Rome' } })
const launch = {
  command: process.execPath,
  args: [fileURLToPath(new URL('../testing/serve.mjs', import.meta.url))],
  stderr: 'ignore' as const,
}

type Connected = [client: Client1 | Client2, transport: Transport1 | Transport2]

const CLIENTS: Record<string, () => Promise<Connected>> = {
  '1.x': async () => {
    const client = new Client1(info, { capabilities })
    client.setRequestHandler(ElicitRequestSchema, answer)
    const transport = new Transport1(launch)
    await client.connect(transport)
    return [client, transport]
  },
  '2.x, 2025 era': () => connect2('legacy'),
  '2.x, 2026-07-28': () => connect2({ pin: '2026-07-28' }),
}

async function connect2(mode: 'legacy' | { pin: string }): Promise<Connected> {
  const client = new Client2(info, { capabilities, versionNegotiation: { mode } })
  client.setRequestHandler('elicitation/create', answer)
  const transport = new Transport2(launch)
  await client.connect(transport)
  return [client, transport]
}

describe.each(Object.entries(CLIENTS))('the official client %s', (_, connect) => {
  it('is served over standard input and output, and ends the process by closing', async () => {
    const [client, transport] = await connect()
    const pid = transport.pid as number
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['echo', 'ask'])
    const call = (name: string, args: object = {}) => client.callTool({ name, arguments: { ...args } })
    expect((await call('echo', { text: 'hé' })).content).toMatchObject([{ text: 'hé' }])
    expect((await call('ask')).content).toMatchObject([{ text: 'Rome' }])
    const began = performance.now()
    await client.close()
    expect(isRunning(pid)).toBe(false)
    // The clients send SIGTERM after two seconds.
    expect(performance.now() - began).toBeLessThan(2000)
  })
})

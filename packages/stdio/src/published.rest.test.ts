import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { sessions } from '@portico-mcp/sessions'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { commandOf, installPublished, PUBLISHED } from './testing/published.ts'
import { type ClientSettings, connect, serve } from './testing/stdio.ts'

beforeAll(installPublished)

/** What a client sees of a server: lists, instructions, and the results of two calls. */
async function look(client: Client, name: string): Promise<unknown> {
  const [tool, args] = PUBLISHED[name]?.call ?? ['no-such-tool', {}]
  const capabilities = client.getServerCapabilities() ?? {}
  const list = async (has: unknown, ask: () => Promise<object>) => (has ? outcome(ask()) : undefined)
  return {
    server: client.getServerVersion()?.name,
    instructions: client.getInstructions(),
    tools: await list(capabilities.tools, () => client.listTools()),
    prompts: await list(capabilities.prompts, () => client.listPrompts()),
    resources: await list(capabilities.resources, () => client.listResources()),
    called: await outcome(client.callTool({ name: tool, arguments: args })),
    unknown: (await outcome(client.callTool({ name: 'no-such-tool', arguments: {} }))) !== undefined,
  }
}

/** Results without what is of one revision, or of one connection. */
function plain(value: unknown): unknown {
  const text = JSON.stringify(value, (key, member) =>
    ['execution', '_meta', 'resultType', 'ttlMs', 'cacheScope'].includes(key) ? undefined : member,
  )
  return JSON.parse(text)
}

const outcome = (call: Promise<object>): Promise<unknown> =>
  call.then(
    (result) => ('isError' in result && result.isError ? 'an error' : plain(result)),
    () => 'an error',
  )

async function connectDirectly(name: string): Promise<Client> {
  const client = new Client({ name: 'tester', version: '1.0.0' }, { versionNegotiation: { mode: 'legacy' } })
  await client.connect(new StdioClientTransport({ ...commandOf(name), stderr: 'ignore' }))
  onTestFinished(() => client.close())
  return client
}

const LEGS: [string, ClientSettings['era'], object][] = [
  ['2026-07-28', 'modern', {}],
  ['a session', 'legacy', { legacy: sessions() }],
]

describe('published servers', () => {
  it.each(Object.keys(PUBLISHED))('%s is the same as over its own stdio, in both eras', async (name) => {
    const expected = await look(await connectDirectly(name), name)
    for (const [leg, era, options] of LEGS) {
      const client = await connect(serve(commandOf(name), { ...options }), { era })
      expect([leg, await look(client, name)]).toEqual([leg, expected])
    }
  })
})

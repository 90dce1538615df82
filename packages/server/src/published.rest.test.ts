import { readFileSync } from 'node:fs'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { commandFile, inFolder, useFolder, write } from './testing/command.ts'
import { type Started, start } from './testing/process.ts'
import { commandOf, installPublished, PUBLISHED } from './testing/published.ts'

useFolder()
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
  await client.connect(new StdioClientTransport({ ...commandOf(name), cwd: inFolder('.'), stderr: 'ignore' }))
  onTestFinished(() => client.close())
  return client
}

/** Connects a client of an era to what the command serves. */
async function connect(url: URL, era: '2026-07-28' | '2025-11-25'): Promise<Client> {
  const mode = era === '2026-07-28' ? ({ pin: era } as const) : 'legacy'
  const client = new Client({ name: 'tester', version: '1.0.0' }, { versionNegotiation: { mode } })
  const transport = new StreamableHTTPClientTransport(url)
  await client.connect(transport)
  onTestFinished(() => client.close())
  expect(transport.sessionId !== undefined).toBe(era === '2025-11-25')
  return client
}

describe('published servers in a file that the command serves', () => {
  let command: Started
  let urls: Map<string, URL>

  beforeAll(async () => {
    const mcpServers = Object.fromEntries(Object.keys(PUBLISHED).map((name) => [name, commandOf(name)]))
    const file = write('mcp.json', JSON.stringify({ mcpServers }))
    command = start([commandFile, inFolder(file), '--port', '0'])
    const [, url] = (await command.prints(/: MCP at (\S+)\n/)) as unknown as [string, string]
    const { servers } = (await (await fetch(new URL('/', url))).json()) as {
      servers: { name: string; path: string }[]
    }
    urls = new Map(servers.map(({ name, path }) => [name, new URL(path, url)]))
  })
  afterAll(async () => {
    command.kill('SIGTERM')
    await command.ended
  })

  it.each(Object.keys(PUBLISHED))('%s is the same as over its own stdio, in both eras', async (name) => {
    const expected = await look(await connectDirectly(name), name)
    for (const era of ['2026-07-28', '2025-11-25'] as const) {
      const client = await connect(urls.get(name) as URL, era)
      expect([era, await look(client, name)]).toEqual([era, expected])
    }
  })

  it('are those that the page names', () => {
    const page = readFileSync(new URL('../../../docs/20-stdio.md', import.meta.url), 'utf8')
    const [, section = ''] = page.split('## Published servers')
    const rows = section.matchAll(/^\| `(\S+)` +\| (\d\S+) /gm)
    expect(Object.fromEntries([...rows].map(([, name, version]) => [name, version]))).toEqual(
      Object.fromEntries(Object.entries(PUBLISHED).map(([name, { version }]) => [name, version])),
    )
  })
})

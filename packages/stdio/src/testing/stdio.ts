import { fileURLToPath } from 'node:url'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import { type CreateMcpHandlerOptions, createMcpHandler, type McpHttpHandler } from '@portico-mcp/core'
import { onTestFinished } from 'vitest'
import type { StdioLogLine, StdioServerOptions } from '../options.ts'
import { createStdioPool, type StdioPool } from '../pool/pool.ts'

/** The stdio server of the tests. */
export const FIXTURE: Pick<StdioServerOptions, 'command' | 'args'> = {
  command: process.execPath,
  args: [fileURLToPath(new URL('server.mjs', import.meta.url))],
}

/** A server that speaks 2026-07-28 alone. */
export const MODERN_ONLY: typeof FIXTURE = {
  command: process.execPath,
  args: [fileURLToPath(new URL('modern-only.mjs', import.meta.url))],
}

export interface Served {
  handler: McpHttpHandler
  pool: StdioPool
  errors: Error[]
  log: StdioLogLine[]
}

/** Serves the fixture until the test has finished. */
export function serve(
  options: Partial<StdioServerOptions> = {},
  handlerOptions: CreateMcpHandlerOptions = {},
): Served {
  const errors: Error[] = []
  const log: StdioLogLine[] = []
  const pool = createStdioPool({
    ...FIXTURE,
    onerror: (error) => errors.push(error),
    onstderr: (line) => log.push(line),
    ...options,
  })
  const onerror = (error: Error): void => void errors.push(error)
  const handler = createMcpHandler(() => pool.createServer(), { onerror, ...handlerOptions })
  onTestFinished(async () => {
    await handler.close()
    await pool.close()
  })
  return { handler, pool, errors, log }
}

/** The client's answers to requests of the server, by method. */
export type Answers = Record<string, (params: any) => object>

export interface ClientSettings {
  /** `2026-07-28`, or the 2025-era handshake. */
  era?: 'modern' | 'legacy'
  answers?: Answers
  authInfo?: AuthInfo
  name?: string
}

/** Connects the official 2.x client to a handler until the test has finished. */
export async function connect(
  { handler }: Pick<Served, 'handler'>,
  { era = 'modern', answers = {}, authInfo, name = 'tester' }: ClientSettings = {},
): Promise<Client> {
  const capabilities = {
    ...('elicitation/create' in answers && { elicitation: { form: {} } }),
    ...('sampling/createMessage' in answers && { sampling: {} }),
    ...('roots/list' in answers && { roots: {} }),
  }
  const mode = era === 'modern' ? ({ pin: '2026-07-28' } as const) : 'legacy'
  const client = new Client({ name, version: '1.0.0' }, { capabilities, versionNegotiation: { mode } })
  for (const [method, answer] of Object.entries(answers)) {
    client.setRequestHandler(method as 'roots/list', (async ({ params }: any) => answer(params)) as never)
  }
  const fetch = (async (input: string, init: RequestInit) =>
    handler.fetch(new Request(input, init), authInfo && { authInfo })) as typeof globalThis.fetch
  await client.connect(new StreamableHTTPClientTransport(new URL('http://localhost/mcp'), { fetch }))
  onTestFinished(() => client.close())
  return client
}

/** Calls a tool, and returns its first text. */
export async function callTool(
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
): Promise<string> {
  const { content } = (await client.callTool({ name, arguments: args })) as { content: { text: string }[] }
  return content[0]?.text ?? ''
}

export const authInfoOf = (sub: string): AuthInfo => ({
  token: `token-of-${sub}`,
  clientId: 'tests',
  scopes: [],
  extra: { claims: { sub } },
})

import { Client as ModernClient } from '@modelcontextprotocol/client'
import { StdioClientTransport as ModernTransport } from '@modelcontextprotocol/client/stdio'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { describe, expect, it, onTestFinished } from 'vitest'
import { commandFile, factory, inFolder, useFolder, write } from './testing/command.ts'
import { definition, serve } from './testing/serve.ts'

useFolder()

const launch = (args: string[]) => ({
  command: process.execPath,
  args: [commandFile, '--stdio', ...args],
  cwd: inFolder('.'),
})

/** Lists the tools of a command that serves over stdio, as clients of both eras. */
async function listTools(args: string[]): Promise<string[][]> {
  const modern = new ModernClient(
    { name: 'tester', version: '1.0.0' },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  )
  await modern.connect(new ModernTransport(launch(args)))
  onTestFinished(() => modern.close())
  const legacy = new Client({ name: 'tester', version: '1.0.0' })
  await legacy.connect(new StdioClientTransport(launch(args)))
  onTestFinished(() => legacy.close())
  const lists = [await modern.listTools(), await legacy.listTools()]
  return lists.map(({ tools }) => tools.map(({ name }) => name))
}

describe('over stdin and stdout, in both eras, the command serves', () => {
  it.each([
    ['a factory', 'factory.ts', factory('hello')],
    [
      'a definition that takes its context, and prints',
      'definition.mjs',
      `console.log('loaded')
       export default {
         name: 'defined', version: '1.0.0',
         setup(server, { logger, notify }) {
           console.log('set up')
           logger.warn({}, 'set up')
           notify.toolsChanged()
           server.registerTool('hello', {}, async () => ({ content: [] }))
         },
       }`,
    ],
    [
      'a handler',
      'handler.mjs',
      `import { createMcpHandler, McpServer } from '@portico-mcp/core'
       export default createMcpHandler(() => {
         const server = new McpServer({ name: 'handled', version: '1.0.0' })
         server.registerTool('hello', {}, async () => ({ content: [] }))
         return server
       })`,
    ],
  ])('%s', async (_, name, code) => {
    expect(await listTools([write(name, code)])).toEqual([['hello'], ['hello']])
  })

  it('a URL', async () => {
    const { url } = await serve(definition())
    expect(await listTools([url])).toEqual([
      ['echo', 'fail'],
      ['echo', 'fail'],
    ])
  })
})

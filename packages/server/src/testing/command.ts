import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectModern } from '@portico-example/testing/examples'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { type Started, start } from './process.ts'

/** The script of the command. */
export const commandFile: string = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const modules = fileURLToPath(new URL('../../node_modules', import.meta.url))
const running: Started[] = []
let folder: string

/** Gives the tests of a file a folder for modules, and ends the commands that they run. */
export function useFolder(): void {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'portico-command-'))
    symlinkSync(modules, join(folder, 'node_modules'))
  })
  afterEach(() => {
    for (const one of running.splice(0)) one.kill('SIGTERM')
  })
  afterAll(() => rmSync(folder, { recursive: true }))
}

/** Writes a file into the folder, and returns its name. */
export function write(name: string, code: string): string {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), code)
  return name
}

/** Returns the path of a file in the folder. */
export const inFolder = (name: string): string => join(folder, name)

/** Runs the command in the folder. */
export function run(args: string[], env: Record<string, string> = {}): Started {
  const started = start([commandFile, ...args], { cwd: folder, env: { PORT: '', ...env } })
  running.push(started)
  return started
}

/** Waits for the URL that a command prints. */
export async function urlOf(started: Started): Promise<string> {
  const [, url] = await started.prints(/MCP at (\S+)\n/)
  return url!
}

/** Lists the tools at a URL, as a 2026-07-28 client. */
export const toolsAt = async (url: string): Promise<string[]> => {
  const client = await connectModern(url)
  const { tools } = await client.listTools()
  await client.close()
  return tools.map(({ name }) => name)
}

/** A module in TypeScript that builds a server with one tool. */
export const factory = (tool: string) => `
  import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
  type Tool = string
  const tool: Tool = ${JSON.stringify(tool)}
  export default (): McpServer => {
    const server = new McpServer({ name: 'written', version: '1.0.0' })
    server.registerTool(tool, {}, async () => ({ content: [] }))
    return server
  }
`

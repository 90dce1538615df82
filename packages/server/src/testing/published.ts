import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A published server, and how it is started. */
export interface PublishedServer {
  version: string
  args?: string[]
  env?: Record<string, string>
  /** A call that needs no network. */
  call?: [tool: string, args: Record<string, unknown>]
}

const folder = fileURLToPath(new URL('../../node_modules/.cache/published', import.meta.url))

/** Published servers that install in a few seconds. */
export const PUBLISHED: Record<string, PublishedServer> = {
  '@modelcontextprotocol/server-everything': { version: '2026.8.31', call: ['echo', { message: 'hello' }] },
  '@modelcontextprotocol/server-memory': {
    version: '2026.8.31',
    env: { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') },
    call: ['read_graph', {}],
  },
  '@modelcontextprotocol/server-filesystem': {
    version: '2026.8.31',
    args: [folder],
    call: ['list_allowed_directories', {}],
  },
  '@modelcontextprotocol/server-sequential-thinking': {
    version: '2026.8.31',
    call: [
      'sequentialthinking',
      { thought: 'First', nextThoughtNeeded: false, thoughtNumber: 1, totalThoughts: 1 },
    ],
  },
  '@modelcontextprotocol/server-github': { version: '2025.4.8', call: ['get_file_contents', {}] },
  '@modelcontextprotocol/server-postgres': { version: '0.6.2', args: ['postgresql://127.0.0.1:1/none'] },
  '@modelcontextprotocol/server-map': { version: '2.0.3', args: ['--stdio'] },
  '@modelcontextprotocol/server-budget-allocator': { version: '2.0.3', args: ['--stdio'] },
  '@modelcontextprotocol/server-pdf': { version: '2.0.4', args: ['--stdio'], call: ['list_pdfs', {}] },
  '@playwright/mcp': { version: '0.0.83' },
  '@upstash/context7-mcp': { version: '4.1.1' },
  'mcp-server-kubernetes': { version: '4.1.7' },
  'tavily-mcp': { version: '0.2.22', env: { TAVILY_API_KEY: 'none' } },
  '@antv/mcp-server-chart': { version: '0.9.10', call: ['generate_pie_chart', {}] },
  '@brave/brave-search-mcp-server': {
    version: '2.1.4',
    args: ['--transport', 'stdio'],
    env: { BRAVE_API_KEY: 'none' },
  },
  '@notionhq/notion-mcp-server': { version: '2.5.2', env: { NOTION_TOKEN: 'none' } },
  'figma-developer-mcp': { version: '0.13.2', args: ['--stdio'], env: { FIGMA_API_KEY: 'none' } },
  '@eslint/mcp': { version: '0.3.13' },
  '@supabase/mcp-server-supabase': { version: '0.13.0', args: ['--access-token', 'none'] },
  '@openbnb/mcp-server-airbnb': { version: '0.3.0' },
  'airtable-mcp-server': { version: '1.14.0', env: { AIRTABLE_API_KEY: 'none' } },
}

/** Installs them from the registry, without scripts. */
export function installPublished(): void {
  mkdirSync(folder, { recursive: true })
  const dependencies = Object.fromEntries(
    Object.entries(PUBLISHED).map(([name, { version }]) => [name, version]),
  )
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }))
  const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock', '--loglevel=error']
  execFileSync('npm', ['install', ...options], { cwd: folder, stdio: 'pipe' })
}

/** Returns the command that starts a server, once it is installed. */
export function commandOf(name: string): { command: string; args: string[]; env: Record<string, string> } {
  const { args = [], env = {} } = PUBLISHED[name] as PublishedServer
  const root = join(folder, 'node_modules', name)
  const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const file = typeof bin === 'string' ? bin : Object.values<string>(bin)[0]
  return { command: process.execPath, args: [join(root, String(file)), ...args], env }
}

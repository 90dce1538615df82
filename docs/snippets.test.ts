import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Server } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = `${root}docs/.snippets`

interface Snippet {
  name: string
  code: string
}

function snippetsOf(file: string): Snippet[] {
  // an example in a docstring is Markdown behind asterisks
  const text = readFileSync(`${root}${file}`, 'utf8').replace(/^ \* ?/gm, '')
  const name = file.replace(/\W+/g, '-')
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code], index) => ({
    name: `${name}-${index + 1}`,
    code: code!,
  }))
}

const packages = readdirSync(`${root}packages`)
const files = [
  'README.md',
  'CONTRIBUTING.md',
  ...['', 'deploy/', 'explain/', 'migrate/', 'reference/'].flatMap((path) =>
    readdirSync(`${root}docs/${path}`)
      .filter((file) => file.endsWith('.md'))
      .map((file) => `docs/${path}${file}`),
  ),
  ...packages.map((name) => `packages/${name}/README.md`),
  ...packages.flatMap((name) =>
    readdirSync(`${root}packages/${name}/src`, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => `packages/${name}/src/${file}`),
  ),
]
const snippets = files.flatMap(snippetsOf)

const listening = new Set<Server>()
const { listen } = Server.prototype

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  for (const { name, code } of snippets) writeFileSync(`${folder}/${name}.ts`, code)
  writeFileSync(
    `${folder}/tsconfig.json`,
    JSON.stringify({
      extends: '../../tsconfig.base.json',
      compilerOptions: {
        composite: false,
        declaration: false,
        declarationMap: false,
        isolatedDeclarations: false,
        noEmit: true,
        types: ['node'],
      },
      include: ['*.ts'],
    }),
  )
  vi.spyOn(console, 'log').mockImplementation(() => {})
  // a snippet's port may be taken
  Server.prototype.listen = function (this: Server) {
    listening.add(this)
    return listen.call(this, 0, '127.0.0.1')
  } as typeof listen
})

afterAll(() => {
  Server.prototype.listen = listen
  for (const server of listening) server.close()
  process.removeAllListeners('SIGTERM')
})

describe('the snippets of README, guide and docstrings', () => {
  it('are there', () => {
    expect(snippets.length).toBeGreaterThanOrEqual(8)
  })

  it('compile', () => {
    try {
      execFileSync(`${root}scripts/node_modules/.bin/tsc`, ['-p', folder], { encoding: 'utf8' })
    } catch (error) {
      expect.fail((error as { stdout: string }).stdout)
    }
  })

  it.each(snippets)('$name runs, and what it exports serves', async ({ name, code }) => {
    const before = listening.size
    const module = await import(`${folder}/${name}.ts`)
    if (code.includes('.listen(')) expect(listening.size).toBe(before + 1)
    if (module.default === undefined) return
    const request = new Request('http://localhost/mcp', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
    })
    expect(await (await module.default.fetch(request)).json()).toEqual({
      jsonrpc: '2.0',
      id: 1,
      result: {},
    })
  })
})

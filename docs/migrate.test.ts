import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, Server } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

const docs = fileURLToPath(new URL('.', import.meta.url))
const folder = `${docs}.migrate-snippets`
const FENCE = /^```ts\n([\s\S]*?)^```/m

const programs = readdirSync(`${docs}migrate`).flatMap((page) =>
  ['Before', 'After'].flatMap((when) => {
    const code = FENCE.exec(readSection(page, when))?.[1]
    return code ? [{ name: `${page.replace('.md', '')}-${when.toLowerCase()}`, code }] : []
  }),
)
// what a stdio gateway would start is not installed here
const served = programs.filter(({ name }) => !name.startsWith('stdio-gateways'))

function readSection(page: string, heading: string): string {
  const text = readFileSync(`${docs}migrate/${page}`, 'utf8')
  return text.split(/^## /m).find((section) => section.startsWith(`${heading}\n`)) ?? ''
}

const listening: Server[] = []
const { listen } = Server.prototype

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  for (const { name, code } of served) writeFileSync(`${folder}/${name}.ts`, code)
  for (const method of ['log', 'info', 'warn'] as const)
    vi.spyOn(console, method).mockImplementation(() => {})
  // the port of a page may be taken
  Server.prototype.listen = function (this: Server) {
    listening.push(this)
    return listen.call(this, 0, '127.0.0.1')
  } as typeof listen
})

afterAll(() => {
  Server.prototype.listen = listen
  for (const server of listening) server.close()
  process.removeAllListeners('SIGTERM')
  process.removeAllListeners('SIGINT')
  rmSync(folder, { recursive: true, force: true })
})

type Fetch = (request: Request) => Response | Promise<Response>

/** What a page may export: a route of Next.js, or an app of a framework. Otherwise it has started to listen. */
interface Program {
  POST?: Fetch
  app?: RequestListener & { fetch?: Fetch; callback?: () => RequestListener }
}

async function call({ POST, app }: Program, before: number): Promise<unknown> {
  const request = {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-06-18',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'add-note', arguments: { text: 'milk' } },
    }),
  }
  const fetchApp = POST ?? app?.fetch
  if (fetchApp) return readResult(await fetchApp(new Request('http://localhost/mcp', request)))
  if (app) createServer(app.callback?.() ?? app).listen(0)
  const server = listening[before]
  if (!server) throw new Error('the program exports no route and no app, and does not listen')
  if (!server.listening) await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  return readResult(await fetch(`http://127.0.0.1:${port}/mcp`, request))
}

/** Reads the JSON of a response, or that of the last event. */
async function readResult(response: Response): Promise<unknown> {
  const text = await response.text()
  const data = text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .at(-1)
  return JSON.parse(data?.slice('data: '.length) ?? text).result.content
}

describe('the pages about migration', () => {
  it('show a program before and after for each product whose package can be installed', () => {
    const names = programs.map(({ name }) => name)
    for (const page of ['sdk-1', 'sdk-2', 'mcp-handler', 'hono-mcp', 'fastmcp', 'ttoss']) {
      expect(names).toEqual(expect.arrayContaining([`${page}-before`, `${page}-after`]))
    }
  })

  it.each(served)('$name answers a call as the others do', async ({ name }) => {
    const before = listening.length
    const program = (await import(`${folder}/${name}.ts`)) as Program
    expect(await call(program, before)).toEqual([{ type: 'text', text: 'Saved: milk' }])
  })

  it('keep the files of xmcp as they are', async () => {
    const [file, main] = ['Before', 'After'].map(
      (when) => /^```js\n([\s\S]*?)^```/m.exec(readSection('xmcp.md', when))?.[1],
    )
    mkdirSync(`${folder}/tools`)
    writeFileSync(`${folder}/tools/add-note.ts`, `// @ts-nocheck\n${file}`)
    writeFileSync(`${folder}/xmcp.ts`, `// @ts-nocheck\n${main}`)
    const { default: handler } = (await import(`${folder}/xmcp.ts`)) as { default: { fetch: Fetch } }
    expect(await call({ POST: handler.fetch }, 0)).toEqual([{ type: 'text', text: 'Saved: milk' }])
  })
})

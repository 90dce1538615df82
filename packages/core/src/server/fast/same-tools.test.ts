import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { z as z3 } from 'zod/v3'
import { createMcpHandler } from '../../handler.ts'
import { ask, legacy, modern } from '../../testing/requests.ts'
import { CLASSES } from '../../testing/server.ts'

type Anything = any

const info = { name: 's', version: '1' }
const said = (value: unknown) => ({ content: [{ type: 'text' as const, text: JSON.stringify(value) }] })

const eras: [string, (method: string, params: Record<string, unknown>) => Request][] = [
  ['2026-07-28', (method, params) => modern(method, { params })],
  ['2025-11-25', legacy],
]

const THROWING: Record<string, [schema: Anything, given: unknown, says: RegExp]> = {
  'a preprocess that parses JSON': [
    z.preprocess((value) => (typeof value === 'string' ? JSON.parse(value) : value), z.array(z.number())),
    '1, 2',
    /JSON/,
  ],
  'a transform': [z.string().transform((value) => new Date(value).toISOString()), 'tomorrow', /Invalid time/],
  'a refinement': [z.string().refine((value) => new URL(value).protocol === 'https:'), 'no', /Invalid URL/],
  'an asynchronous refinement': [
    z.string().refine(async () => {
      throw new Error('It broke')
    }),
    'a',
    /It broke/,
  ],
  'a schema of zod 3': [z3.string().refine((value) => new URL(value)), 'no', /Invalid URL/],
}

describe.each(CLASSES)('a tool of %s', (_, Class) => {
  const shape: Record<string, Anything> = {}
  const build = (register: (server: Anything) => void) =>
    createMcpHandler(() => {
      const server = new Class(info)
      register(server)
      return server
    })

  describe.each(eras)('in %s', (_, request) => {
    const call = (handler: Anything, given?: object) =>
      ask(handler, request('tools/call', { name: 't', ...(given && { arguments: given }) }))
    const list = async (handler: Anything) => (await ask(handler, request('tools/list', {}))).result.tools

    it.each(Object.entries(THROWING))('says what %s throws', async (_, [schema, given, says]) => {
      const handler = build((server) =>
        server.registerTool('t', { inputSchema: { a: schema } }, async (args: unknown) => said(args)),
      )
      const { result } = await call(handler, { a: given })
      expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(says) }] })
    })

    it('may have a name that the SDK warns of', async () => {
      const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
      const handler = createMcpHandler(() => {
        const server = new Class(info)
        server.registerTool('hang up', {}, async () => said('gone') as never)
        return server
      })
      expect(await ask(handler, request('tools/call', { name: 'hang up' }))).toMatchObject({
        result: said('gone'),
      })
      expect(warn).toHaveBeenCalled()
    })

    it('has its schema asked once, whether its arguments fit or not', async () => {
      const asked: unknown[] = []
      const inputSchema = { a: z.string().refine((value) => asked.push(value) > 0 && value === 'fits') }
      const handler = build((server) => server.registerTool('t', { inputSchema }, async () => said(1)))
      await call(handler, { a: 'fits' })
      await call(handler, { a: 'not' })
      expect(asked).toEqual(['fits', 'not'])
    })

    it.each([
      ['a date', z.coerce.date(), '2026-01-01'],
      ['a custom check', z.custom((value) => value === 1), 1],
      ['a big integer', z.coerce.bigint().transform(String), '5'],
    ])('is called with %s, which no JSON Schema describes', async (_, schema, given) => {
      const handler = build((server) =>
        server.registerTool('t', { inputSchema: { a: schema } }, async () => said('ran')),
      )
      expect((await call(handler, { a: given })).result.content).toEqual(said('ran').content)
    })

    it('is listed as long as the SDK has it', async () => {
      const handler = build((server) => {
        server.registerTool('t', {}, async () => said(1))
        server.registerTool('u', {}, async () => said(1))
        delete server._registeredTools.t
        server._registeredTools.v = server._registeredTools.u
      })
      expect((await list(handler)).map(({ name }: Anything) => name)).toEqual(['u', 'v'])
      const { result, error } = await call(handler)
      expect(result?.isError ?? error.code < 0).toBe(true)
    })

    it('follows a shape that is changed in place', async () => {
      for (const name of Object.keys(shape)) delete shape[name]
      shape.a = z.string()
      const handler = build((server) =>
        server.registerTool('t', { inputSchema: shape }, async (args: unknown) => said(args)),
      )
      expect((await call(handler, { a: 'x' })).result.content).toEqual(said({ a: 'x' }).content)
      shape.b = z.number()
      delete shape.a
      expect(Object.keys((await list(handler))[0].inputSchema.properties)).toEqual(['b'])
      expect((await call(handler, { a: 'x' })).result).toMatchObject({ isError: true })
      shape.b = z.string()
      expect((await call(handler, { b: 'x' })).result.content).toEqual(said({ b: 'x' }).content)
    })

    it('is handed an extra that can be changed, and no `this`', async () => {
      const seen: unknown[] = []
      const handler = build((server) =>
        server.registerTool('t', {}, async function (this: unknown, extra: Anything) {
          const before = extra.signal
          const other = new AbortController().signal
          extra.signal = other
          seen.push(
            this,
            before instanceof AbortSignal,
            extra.signal === other,
            { ...extra }.signal === other,
          )
          Object.freeze(extra)
          seen.push(extra.signal === other, extra.requestInfo.url.pathname)
          return said(1)
        }),
      )
      await call(handler)
      expect(seen).toEqual([undefined, true, true, true, true, '/mcp'])
    })
  })

  it.each(['registerTool', 'tool'] as const)(
    'is refused at once by %s where it mixes versions of zod',
    (method) => {
      const server: Anything = new Class(info)
      const mixed = { a: z.string(), b: z3.string() }
      const config = method === 'registerTool' ? { inputSchema: mixed } : mixed
      expect(() => server[method]('t', config, async () => said(1))).toThrow(/Mixed Zod versions/)
    },
  )

  it('is the object that the SDK has', () => {
    const server: Anything = new Class(info)
    const tool = server.registerTool('t', {}, async () => said(1))
    expect(server._registeredTools.t).toBe(tool)
  })
})

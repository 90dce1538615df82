import { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { createMcpHandler } from '../../handler.ts'
import { ask, legacy, modern } from '../../testing/requests.ts'
import { McpServer } from './mcp-server.ts'

const info = { name: 's', version: '1' }
const shape = { a: z.string().describe('An a'), b: z.number().default(5) }
const object = z.object({ c: z.string().optional() })
const output = { sum: z.number() }

const list = async (server: SdkMcpServer) =>
  (
    await ask(
      createMcpHandler(() => server),
      legacy('tools/list'),
    )
  ).result.tools

function registerMany(server: SdkMcpServer): void {
  server.registerTool('none', { title: 'None', _meta: { x: 1 } }, async () => ({ content: [] }))
  server.registerTool('shape', { inputSchema: shape, annotations: { readOnlyHint: true } }, async () => ({
    content: [],
  }))
  server.registerTool('object', { inputSchema: object, outputSchema: output }, async () => ({
    content: [],
    structuredContent: { sum: 1 },
  }))
  server.registerTool('union', { inputSchema: z.union([object, object]) as never }, async () => ({
    content: [],
  }))
  server.tool('old', 'In the old way', shape, async ({ a }) => ({ content: [{ type: 'text', text: a }] }))
  server.registerTool('gone', {}, async () => ({ content: [] })).remove()
  server.registerTool('off', {}, async () => ({ content: [] })).disable()
  server
    .registerTool('before', {}, async () => ({ content: [] }))
    .update({ name: 'after', description: 'Renamed' })
  server.experimental.tasks.registerToolTask(
    'task',
    { inputSchema: shape, execution: { taskSupport: 'optional' } },
    {} as never,
  )
}

describe("Portico's McpServer", () => {
  it("is the SDK's", () => {
    expect(new McpServer(info)).toBeInstanceOf(SdkMcpServer)
  })

  it("lists what the SDK's lists", async () => {
    const [ours, theirs] = [new McpServer(info), new SdkMcpServer(info)]
    registerMany(ours)
    registerMany(theirs)
    const listed = await list(ours)
    expect(listed).toEqual(await list(theirs))
    expect(listed.map(({ name }: { name: string }) => name)).toEqual([
      'none',
      'shape',
      'object',
      'union',
      'old',
      'after',
      'task',
    ])
  })

  it('lists nothing, if that is what it declares', async () => {
    expect(await list(new McpServer(info, { capabilities: { tools: {} } }))).toEqual([])
  })

  it("leaves a list handler of the user's own alone", async () => {
    const server = new McpServer(info, { capabilities: { tools: {} } })
    const own = [{ name: 'own', inputSchema: { type: 'object' as const } }]
    server.server.setRequestHandler(ListToolsRequestSchema, async () => ({ tools: own }))
    server.registerTool('other', {}, async () => ({ content: [] }))
    expect(await list(server)).toEqual(own)
  })

  it('converts a schema once, however many servers use it', async () => {
    const get = vi.fn(() => z.string())
    const lazy = { lazy: z.lazy(get) }
    const build = () => {
      const server = new McpServer(info)
      server.registerTool('lazy', { inputSchema: lazy }, async () => ({ content: [] }))
      return server
    }
    const [first] = await list(build())
    const calls = get.mock.calls.length
    const [second] = await list(build())
    expect(second).toEqual(first)
    expect(get).toHaveBeenCalledTimes(calls)
  })

  it('follows a tool that changes its schema', async () => {
    const server = new McpServer(info)
    server
      .registerTool('t', { inputSchema: shape }, async () => ({ content: [] }))
      .update({ paramsSchema: { z: z.string() } })
    expect(Object.keys((await list(server))[0].inputSchema.properties)).toEqual(['z'])
  })

  it("tells a tool's schema, unless it is off or not there", () => {
    const server = new McpServer(info)
    registerMany(server)
    expect(server.toolInputSchemaJson('shape')).toMatchObject({ properties: { a: { type: 'string' } } })
    expect(server.toolInputSchemaJson('none')).toEqual({ type: 'object', properties: {} })
    expect(server.toolInputSchemaJson('off')).toBeUndefined()
    expect(server.toolInputSchemaJson('gone')).toBeUndefined()
    expect(server.toolInputSchemaJson('nope')).toBeUndefined()
  })

  it('validates arguments and refuses what is no schema, as the SDK does', async () => {
    const server = new McpServer(info)
    registerMany(server)
    const { result } = await ask(
      createMcpHandler(() => server),
      modern('tools/call', { params: { name: 'shape', arguments: {} } }),
    )
    expect(result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/Invalid arguments for tool shape/) }],
    })
    expect(() =>
      server.registerTool('bad', { inputSchema: { type: 'object' } as never }, async () => ({ content: [] })),
    ).toThrow()
    expect(() => server.registerTool('shape', {}, async () => ({ content: [] }))).toThrow(
      /already registered/,
    )
  })

  it('takes a validator of its own', () => {
    const jsonSchemaValidator = { getValidator: vi.fn() }
    expect(() => new McpServer(info, { jsonSchemaValidator })).not.toThrow()
  })

  it("is extended as the SDK's is: a method of a subclass is the one that registers", async () => {
    class Prefixed extends McpServer {
      override registerTool: McpServer['registerTool'] = (name: string, config: any, callback: any) =>
        super.registerTool(`p_${name}`, config, callback)
    }
    const server = new Prefixed(info)
    server.registerTool('echo', { inputSchema: shape }, async () => ({ content: [] }))
    expect((await list(server)).map(({ name }: { name: string }) => name)).toEqual(['p_echo'])
    expect(server.toolInputSchemaJson('p_echo')).toBeDefined()
  })

  it('takes an argument named like an option', async () => {
    const server = new McpServer(info)
    server.tool('odd', { inputSchema: z.string() }, async ({ inputSchema }) => ({
      content: [{ type: 'text', text: inputSchema }],
    }))
    expect((await list(server))[0].inputSchema.properties).toHaveProperty('inputSchema')
  })

  it('may stand behind a proxy, and without any tool', async () => {
    const server = new McpServer(info)
    server.registerTool('echo', { inputSchema: shape }, async ({ a }) => ({
      content: [{ type: 'text', text: a }],
    }))
    const proxied = createMcpHandler(() => new Proxy(server, {}))
    const call = modern('tools/call', { params: { name: 'echo', arguments: { a: 'x' } } })
    expect((await ask(proxied, call)).result.content).toEqual([{ type: 'text', text: 'x' }])
    const toolless = createMcpHandler(() => new McpServer(info))
    expect(
      (await toolless.fetch(modern('tools/call', { params: { name: 'x', arguments: { a: 'x' } } }))).status,
    ).toBe(404)
  })
})

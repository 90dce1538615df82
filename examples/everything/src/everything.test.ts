import {
  callTool,
  type Example,
  type OfficialClient,
  officialClients,
  startExample,
} from '@portico-example/testing/examples'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let example: Example

beforeAll(async () => {
  example = await startExample('everything')
})

afterAll(() => example?.stop())

describe.each(Object.entries(officialClients))('the official client %s', (_, connect) => {
  let client: OfficialClient

  beforeAll(async () => {
    client = await connect(example.url)
  })

  afterAll(() => client?.close())

  it('lists tools, prompts and resources', async () => {
    const { tools } = await client.listTools()
    const { prompts } = await client.listPrompts()
    const { resources } = await client.listResources()
    expect(tools.map(({ name }) => name)).toContain('json_schema_2020_12_tool')
    expect(prompts.map(({ name }) => name)).toContain('test_prompt_with_arguments')
    expect(resources.map(({ uri }) => uri)).toContain('test://static-text')
  })

  it('calls a tool', async () => {
    const { content } = await client.callTool({ name: 'test_simple_text' })
    expect(content).toEqual([{ type: 'text', text: 'This is a simple text response for testing.' }])
  })

  it('calls a tool whose argument goes into a header too', async () => {
    await client.listTools()
    const { content } = await client.callTool({ name: 'test_x_mcp_header', arguments: { region: 'Zürich' } })
    expect(content).toEqual([{ type: 'text', text: 'Zürich' }])
  })

  it('hears of progress before the result', async () => {
    const heard: number[] = []
    await callTool(client, 'test_tool_with_progress', {}, ({ progress }) => heard.push(progress))
    expect(heard).toEqual([0, 50, 100])
  })

  it('gets a prompt and reads a resource', async () => {
    const { messages } = await client.getPrompt({
      name: 'test_prompt_with_arguments',
      arguments: { arg1: 'one', arg2: 'two' },
    })
    expect(JSON.stringify(messages)).toContain("arg1='one', arg2='two'")
    const { contents } = await client.readResource({ uri: 'test://template/7/data' })
    expect(contents).toMatchObject([{ uri: 'test://template/7/data', mimeType: 'application/json' }])
  })
})

describe('its own door', () => {
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'page', version: '1.0.0' },
  }
  const knock = (headers: Record<string, string>, path = '') =>
    fetch(example.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }),
    })

  it('lets a page of this machine in', async () => {
    expect((await knock({ origin: 'http://localhost:5173' })).status).toBe(200)
  })

  it.each(['http://evil.example.com', 'null', 'http://localhost.evil.example.com'])(
    'keeps out a page of %s',
    async (origin) => {
      const response = await knock({ origin })
      expect(response.status).toBe(403)
      const answer = await response.json()
      expect(answer).toMatchObject({ jsonrpc: '2.0', error: { data: { option: 'allowedOrigins' } } })
      expect(answer).not.toHaveProperty('id')
    },
  )

  it('has one path', async () => {
    expect((await knock({}, '/other')).status).toBe(404)
  })
})

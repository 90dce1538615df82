import { describe, expect, it, vi } from 'vitest'
import { createMcpHandler } from '../handler.ts'
import { json, legacy, modern, post } from '../testing/requests.ts'
import { factoryOf, registerAll } from '../testing/server.ts'
import { MAX_JSON_DEPTH } from './json-depth.ts'

const factory = vi.fn(factoryOf(registerAll))
const handler = createMcpHandler(factory, { requestState: { keys: ['k'.repeat(32)] } })

const array = (levels: number, inner = '') => '['.repeat(levels) + inner + ']'.repeat(levels)
const object = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`

const call = (text: string, params: object = {}) => {
  const plain = modern('tools/call', { params: { name: 'echo', arguments: { text: 'HERE' }, ...params } })
  return plain.text().then((body) => new Request(plain, { body: body.replace('"HERE"', text) }))
}

const refused = { error: { code: -32602, message: 'The body is nested more than 512 levels deep' } }

describe('a body that is nested too deeply', () => {
  it.each([
    ['arrays', array(50_000)],
    ['objects', object(50_000)],
    ['one level too many', array(MAX_JSON_DEPTH - 2)],
    ['what follows on text with quotes and brackets', `["\\\\\\"]]]",${array(MAX_JSON_DEPTH)}]`],
    ['what follows on a text that ends with a backslash', `["\\\\",${array(MAX_JSON_DEPTH)}]`],
    ['two million levels', array(2_000_000)],
  ])('is refused before it is parsed: %s', async (_, text) => {
    factory.mockClear()
    const response = await handler.fetch(await call(text))
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject(refused)
    expect(factory).not.toHaveBeenCalled()
  })

  it.each([
    ['with a state that is forged', { requestState: 'forged' }],
    ['with answers', { inputResponses: { a: {} } }],
  ])('is refused %s', async (_, params) => {
    const response = await handler.fetch(await call(array(50_000), params))
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject(refused)
  })

  it('is refused in the 2025 era, too', async () => {
    const body = (await legacy('tools/call', { name: 'echo', arguments: { text: 'HERE' } }).text()).replace(
      '"HERE"',
      array(50_000),
    )
    const response = await handler.fetch(post(body))
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject(refused)
  })

  it.each([
    ['with its length', { 'content-length': '100000' }],
    ['without a length', {}],
    ['compressed', { 'content-length': '100', 'content-encoding': 'gzip' }],
    ['with a length below zero', { 'content-length': '-5' }],
    ['with a length of zero', { 'content-length': '0' }],
    ['with an empty length', { 'content-length': '' }],
    ['with a length in another notation', { 'content-length': '0x10' }],
  ])('is refused where a framework has parsed it, %s', async (_, headers) => {
    const parsedBody: unknown = JSON.parse(await (await call(array(50_000))).text())
    const request = new Request('http://localhost/mcp', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(headers as Record<string, string>) },
    })
    const response = await handler.fetch(request, { parsedBody })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject(refused)
  })
})

describe('a body that is not', () => {
  it.each([
    ['brackets in a text', JSON.stringify('['.repeat(5000))],
    ['quotes and brackets in a text', JSON.stringify('"[\\"{'.repeat(2000))],
    ['backslashes before a quote', JSON.stringify(`${'\\'.repeat(3001)}"${'['.repeat(600)}`)],
  ])('is served: %s', async (_, text) => {
    const { result } = await json(handler.fetch(await call(text)))
    expect(result.content).toEqual([{ type: 'text', text: JSON.parse(text) }])
  })

  it.each([
    ['many brackets side by side', `[${Array(2000).fill('[]').join()}]`],
    ['as many levels as are allowed', array(MAX_JSON_DEPTH - 3)],
  ])('reaches the server: %s', async (_, text) => {
    const { result } = await json(handler.fetch(await call(text)))
    expect(result.content[0].text).toContain('expected string')
  })

  it('is no JSON where it is no JSON', async () => {
    const { error } = await json(handler.fetch(post(`${']'.repeat(3000)}${array(2000)}`)))
    expect(error.code).toBe(-32700)
  })
})

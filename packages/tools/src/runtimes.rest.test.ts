import { describeRuntimes } from '@portico-example/testing/runtimes'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { closeServers, json, startApi } from './testing/api.ts'

const served = {
  entry: new URL('./testing/serve-tools.ts', import.meta.url),
  sources: {
    '@portico-mcp/tools': new URL('./index.ts', import.meta.url),
    '@portico-mcp/auth': new URL('../../auth/src/index.ts', import.meta.url),
    '@portico-mcp/core/internal': new URL('../../core/src/internal.ts', import.meta.url),
    '@portico-mcp/core': new URL('../../core/src/index.ts', import.meta.url),
    '@portico-mcp/core/json-schema': new URL('../../core/src/json-schema/index.ts', import.meta.url),
  },
  external: ['node:async_hooks'],
  permissions: ['--allow-net'],
  compatibilityFlags: ['nodejs_als', 'enable_request_signal'],
}

describeRuntimes(served, (originOf) => {
  let origin: string
  let api: Awaited<ReturnType<typeof startApi>>
  beforeAll(async () => {
    origin = originOf()
    api = await startApi(({ url, headers }) => json({ url, caller: headers.authorization }))
  })
  afterAll(closeServers)

  const ask = async (method: string, params: object = {}): Promise<any> => {
    const headers = {
      'content-type': 'application/json',
      authorization: 'Bearer of-ann',
      'x-api': api.origin,
    }
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    return ((await (await fetch(`${origin}/mcp`, { method: 'POST', headers, body })).json()) as any).result
  }
  const call = async (name: string, args: object) =>
    (await ask('tools/call', { name, arguments: args })).content[0].text

  it('calls its API for the caller, from tools of both schemas', async () => {
    expect(JSON.parse(await call('find', { id: 'n-1' }))).toEqual({
      url: '/api/notes/n-1',
      caller: 'Bearer of-ann',
    })
    expect(JSON.parse(await call('get-note', { id: 'a/b' }))).toEqual({
      url: '/api/notes/a%2Fb',
      caller: 'Bearer of-ann',
    })
  })

  it('checks arguments without compiling code', async () => {
    expect(await call('find', { id: 'x' })).toMatch(/pattern/)
    expect(await call('find', {})).toMatch(/required/)
  })

  it('lists what may be called, and calls it', async () => {
    const { tools } = await ask('tools/list')
    expect(tools.map(({ name }: any) => name)).toEqual(['find', 'open', 'get-note'])
    expect(JSON.parse(await call('open', { n: 1 }))).toEqual({ n: 1, userId: 'ann' })
    expect(await call('closed', {})).toMatch(/requires the scope/)
  })
})

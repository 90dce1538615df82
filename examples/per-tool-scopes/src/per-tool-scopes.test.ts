import {
  callTool,
  type Example,
  officialClients,
  runCommand,
  startExample,
  textOf,
} from '@portico-example/testing/examples'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let example: Example
const keys: Record<string, string> = {}

beforeAll(async () => {
  example = await startExample('per-tool-scopes')
  for (const name of ['ann', 'bob', 'cleo']) {
    const [, key] = await example.prints(new RegExp(`^${name} has \\S+ and the key (\\S+)\n`, 'm'))
    keys[name] = key!
  }
})
afterAll(() => example?.stop())

const bearer = (name: string) => ({ authorization: `Bearer ${keys[name]}` })

const post = (name: string, method: string, params: object = {}) =>
  fetch(example.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...bearer(name) },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })

const resultOf = async (response: Response) => ((await response.json()) as any).result

const tools = ['read-notes', 'purge-trash', 'purge-archive', 'export-notes']
const resources = ['note://open/plans', 'note://private/diary']

const mayUse: Record<string, { tools: string[]; resources: string[] }> = {
  ann: { tools: ['read-notes', 'export-notes'], resources: ['note://open/plans'] },
  bob: { tools: ['read-notes', 'purge-trash', 'export-notes'], resources },
  cleo: { tools, resources },
}

// everything that the operation takes, the scope of every request too
const needs: Record<string, string> = {
  'purge-trash': 'notes:read notes:write',
  'purge-archive': 'notes:read notes:write notes:admin',
  'note://private/diary': 'notes:read notes:write',
}

const challenge = (name: string) =>
  `Bearer error="insufficient_scope", error_description="Insufficient scope", scope="${needs[name]}"`

describe.each(Object.entries(mayUse))('%s', (name, may) => {
  it.each(Object.entries(officialClients))(
    'is listed what they may use, by the official client %s',
    async (_, connect) => {
      const client = await connect(example.url, bearer(name))
      expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(may.tools)
      expect((await client.listResources()).resources.map(({ uri }) => uri)).toEqual(may.resources)
      await client.close()
    },
  )

  it.each(tools)('may call %s where it is listed, and is told what it takes otherwise', async (tool) => {
    const response = await post(name, 'tools/call', { name: tool })
    const isListed = may.tools.includes(tool)
    expect(response.status).toBe(isListed ? 200 : 403)
    expect(response.headers.get('www-authenticate')).toBe(isListed ? null : challenge(tool))
    if (isListed) expect(textOf(await resultOf(response))).toMatch(new RegExp(`^${name} (read|empt|export)`))
  })

  it.each(resources)('may read %s where it is listed, and is told what it takes otherwise', async (uri) => {
    const response = await post(name, 'resources/read', { uri })
    const isListed = may.resources.includes(uri)
    expect(response.status).toBe(isListed ? 200 : 403)
    expect(response.headers.get('www-authenticate')).toBe(isListed ? null : challenge(uri))
  })
})

describe('whoever steps up', () => {
  const included = {
    ann: 'notes:read',
    bob: 'notes:read notes:write',
    cleo: 'notes:read notes:write notes:admin',
  }

  it.each(Object.entries(needs))('by the scopes that the refusal of %s names may use it', async (what) => {
    const [method, params] = what.includes('://')
      ? ['resources/read', { uri: what }]
      : ['tools/call', { name: what }]
    const refused = await post('ann', method!, params as object)
    const [, asked] = /scope="(.*)"/.exec(refused.headers.get('www-authenticate') ?? '') ?? []
    const [name] = Object.entries(included).find(([, scopes]) => scopes === asked)!
    expect((await post(name, method!, params as object)).status).toBe(200)
  })
})

describe('what depends on arguments', () => {
  it.each(Object.entries(officialClients))(
    'is refused inside the call of the official client %s',
    async (_, connect) => {
      const [bob, cleo] = await Promise.all(['bob', 'cleo'].map((name) => connect(example.url, bearer(name))))
      const refused = await callTool(bob!, 'export-notes', { drafts: true })
      expect([refused.isError, textOf(refused)]).toEqual([true, 'Insufficient scopes. Required: notes:admin'])
      expect(textOf(await callTool(bob!, 'export-notes'))).toBe('bob exported the notes')
      expect(textOf(await callTool(cleo!, 'export-notes', { drafts: true }))).toBe(
        'cleo exported notes and drafts',
      )
      await Promise.all([bob!.close(), cleo!.close()])
    },
  )
})

describe('the example', () => {
  it('prints a curl that lists what ann may use', async () => {
    const [, command] = await example.prints(/(curl[\s\S]*?}')\n/)
    const { result } = await runCommand(command!)
    expect(result.tools.map(({ name }: { name: string }) => name)).toEqual(mayUse.ann!.tools)
  })

  it('lets nobody in without a key', async () => {
    const response = await fetch(example.url, { method: 'POST' })
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer scope="notes:read"',
    ])
  })

  it('stops when it is told to, with code 0', async () => {
    expect(await example.stop()).toBe(0)
  })
})

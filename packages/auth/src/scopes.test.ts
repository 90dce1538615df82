import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import { type AuthOptions, checkScopes, getIdentity, scopes, staticVerifier, withAuth } from './index.ts'
import { bearer, createNotes, message, modern, post } from './testing/notes.ts'

const verifier = staticVerifier({
  nobody: { clientId: 'nobody' },
  reader: { clientId: 'reader', scopes: ['notes:read'] },
  writer: { clientId: 'writer', scopes: ['notes:write'] },
  both: { clientId: 'both', scopes: ['notes:read', 'notes:write', 'notes:all'] },
  admin: { clientId: 'admin', scopes: ['admin'] },
})

const rules = scopes({
  tools: { 'read-*': ['notes:read'], 'purge-*': ['notes:write'], '*-all': ['notes:all'] },
  prompts: { admin: ['notes:write'] },
  resources: { 'note://secret/*': ['notes:write'] },
})
const scopeHierarchy = { admin: ['notes:all'], 'notes:all': ['notes:write'], 'notes:write': ['notes:read'] }

type Setup = Partial<AuthOptions> & { responseMode?: 'sse' | 'json' }
const create = ({ responseMode, ...options }: Setup = {}) =>
  withAuth(createNotes({ responseMode }).handler, { verifier, scopes: rules, ...options })

async function resultOf(response: Response): Promise<any> {
  const text = await response.text()
  return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text).result
}

const eras = {
  '2025': (method: string, params: object, who: string) => post(message(method, params), bearer(who)),
  '2026': (method: string, params: object, who: string) => modern(method, params as never, bearer(who)),
}
const KINDS = [
  ['tools/list', 'tools', 'tools/call', (one: any) => ({ name: one.name, arguments: {} })],
  ['prompts/list', 'prompts', 'prompts/get', (one: any) => ({ name: one.name })],
  ['resources/list', 'resources', 'resources/read', (one: any) => ({ uri: one.uri })],
] as const

describe.each(Object.entries(eras))('one rule object, for %s clients', (_, ask) => {
  it.each(['nobody', 'reader', 'writer', 'both', 'admin'])('lists for %s what it lets call', async (who) => {
    const open = createNotes().handler
    const handler = create()
    for (const [list, member, call, paramsOf] of KINDS) {
      const everything = (await resultOf(await open.fetch(ask(list, {}, who))))[member]
      const listed = (await resultOf(await handler.fetch(ask(list, {}, who))))[member]
      for (const one of everything) {
        const { status } = await handler.fetch(ask(call, paramsOf(one), who))
        expect([one.name, status]).toEqual([
          one.name,
          listed.some(({ name }: any) => name === one.name) ? 200 : 403,
        ])
      }
    }
  })

  it.each(['sse', 'json'] as const)('holds in response mode %s', async (responseMode) => {
    const { tools } = await resultOf(await create({ responseMode }).fetch(ask('tools/list', {}, 'reader')))
    expect(tools.map(({ name }: any) => name)).toEqual(['read-note'])
  })
})

describe('a call beyond the token', () => {
  it('is challenged with all that the operation needs', async () => {
    const handler = create({
      requiredScopes: ['notes:read'],
      resourceServerUrl: 'https://mcp.example.com/mcp',
    })
    const response = await handler.fetch(post(message('tools/call', { name: 'purge-all' }), bearer('reader')))
    expect(response.status).toBe(403)
    expect(response.headers.get('www-authenticate')).toBe(
      'Bearer error="insufficient_scope", error_description="Insufficient scope", ' +
        'scope="notes:read notes:write notes:all", ' +
        'resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"',
    )
    expect(await response.json()).toEqual({
      error: 'insufficient_scope',
      error_description: 'Insufficient scope',
    })
  })

  it('is found anywhere in a batch', async () => {
    const batch = [message('ping', {}, 1), message('tools/call', { name: 'purge-notes' }, 2)]
    expect((await create().fetch(post(batch, bearer('reader')))).status).toBe(403)
    expect((await create().fetch(post(batch, bearer('both')))).status).toBe(200)
  })

  it('honours the hierarchy, through all of its levels', async () => {
    const call = post(message('tools/call', { name: 'purge-all' }), bearer('admin'))
    expect((await create({ scopeHierarchy, requiredScopes: ['notes:read'] }).fetch(call)).status).toBe(200)
    expect(
      (await create({ scopeHierarchy }).fetch(eras['2025']('tools/call', { name: 'purge-all' }, 'writer')))
        .status,
    ).toBe(403)
  })

  it('covers completion, subscription and listening', async () => {
    const attempts = [
      post(
        message('completion/complete', {
          ref: { type: 'ref/prompt', name: 'admin' },
          argument: { name: 'a', value: '' },
        }),
        bearer('reader'),
      ),
      post(message('resources/subscribe', { uri: 'note://secret/1' }), bearer('reader')),
      modern(
        'subscriptions/listen',
        { notifications: { resourceSubscriptions: ['note://secret/1'] } },
        bearer('reader'),
      ),
    ]
    for (const attempt of attempts) expect((await create().fetch(attempt)).status).toBe(403)
  })

  it.each([
    'NOTE://secret/1',
    'note://secret/%31',
    'note://%73ecret/1',
    'note://secret/./1',
    'note://secret/x/../1',
  ])('is the same under the spelling %s', async (uri) => {
    expect((await create().fetch(post(message('resources/read', { uri }), bearer('reader')))).status).toBe(
      403,
    )
  })
})

describe('a public list', () => {
  it('shows strangers what strangers may call, and lets no cache share it', async () => {
    const handler = withAuth(
      createNotes({ cacheHints: { 'tools/list': { ttlMs: 1000, cacheScope: 'public' } } }).handler,
      {
        verifier,
        scopes: scopes({ tools: { 'purge-*': ['notes:write'] } }),
        publicMethods: ['tools/list', 'tools/call'],
      },
    )
    const list = await resultOf(await handler.fetch(modern('tools/list')))
    expect(list.tools.map(({ name }: any) => name)).toEqual(['read-note'])
    expect(list.cacheScope).toBe('private')
    expect((await handler.fetch(modern('tools/call', { name: 'read-note', arguments: {} }))).status).toBe(200)
    const refused = await handler.fetch(modern('tools/call', { name: 'purge-all', arguments: {} }))
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toBe('Bearer scope="notes:write"')
  })
})

describe('scopes', () => {
  it('takes a function', () => {
    const rules = scopes(({ type, name }) => (type === 'tool' && name === 'a' ? ['x', 'x'] : undefined))
    expect(rules.required({ type: 'tool', name: 'a' })).toEqual(['x'])
    expect(rules.required({ type: 'prompt', name: 'a' })).toEqual([])
  })

  it.each([
    ['a', 'a', true],
    ['a', 'ab', false],
    ['*', '', true],
    ['a*', 'abc', true],
    ['*a*', 'bab', true],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'a-c', false],
    ['ab*ba', 'aba', false],
    ['a.c', 'abc', false],
    ['a*'.repeat(30), 'a'.repeat(29), false],
  ])('matches %s against %s: %s', (pattern, name, matches) => {
    const needed = scopes({ tools: { [pattern]: ['x'] } }).required({ type: 'tool', name })
    expect(needed.length > 0).toBe(matches)
  })
})

describe('rules that cannot be right', () => {
  it('are refused when they are set up', () => {
    expect(() => scopes({ tools: { a: ['x y'] } })).toThrow(TypeError)
    expect(() => create({ requiredScopes: ['x y'] })).toThrow('(got "x y")')
    expect(() => create({ scopes: { tools: {} } as never })).toThrow('scopes()')
  })
})

describe('a stream of another server', () => {
  const list =
    '{"jsonrpc":"2.0","id":1,\ndata: "result":{"tools":[{"name":"read-note"},{"name":"purge-all"}]}}'
  const stream = `: hello\n\nid: 1\ndata:\n\nid: 2\nevent: message\ndata: ${list}\n\n`

  it.each(['\n', '\r\n', '\r'])('is filtered in whatever pieces and lines it comes: %j', async (line) => {
    const text = stream.replaceAll('\n', line)
    for (const size of [1, 2, 3, 7, text.length]) {
      const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g'))!
      const body = new Blob(pieces).stream()
      const inner = {
        fetch: async () => new Response(body, { headers: { 'content-type': 'text/event-stream' } }),
      }
      const handler = withAuth(inner, { verifier, scopes: rules })
      const resumed = new Request('http://localhost/mcp', { headers: bearer('reader') })
      const answer = await (await handler.fetch(resumed)).text()
      expect(answer).toContain('read-note')
      expect(answer).not.toContain('purge-all')
      expect(answer).toContain('id: 2\nevent: message\ndata: {')
    }
  })
})

describe('checkScopes', () => {
  const handler = withAuth(
    createMcpHandler(() => {
      const server = new McpServer({ name: 'checks', version: '1.0.0' })
      server.registerTool('check', { description: 'Checks' }, async () => {
        checkScopes([])
        checkScopes(['notes:read', 'notes:write'])
        return { content: [{ type: 'text', text: `Hello ${getIdentity()?.id}` }] }
      })
      return server
    }),
    { verifier, scopeHierarchy },
  )
  const check = async (who: string) =>
    (await resultOf(await handler.fetch(post(message('tools/call', { name: 'check' }), bearer(who))))) as any

  it('lets pass what the token covers, by the hierarchy', async () => {
    expect(await check('admin')).toEqual({ content: [{ type: 'text', text: 'Hello admin' }] })
  })

  it('makes a tool error of the rest, with everything that is required', async () => {
    expect(await check('reader')).toMatchObject({
      isError: true,
      content: [{ text: 'Insufficient scopes. Required: notes:read, notes:write' }],
    })
    // who has none at all is told the same: nothing is wrong with the server
    expect((await check('nobody')).content[0].text).toBe(
      'Insufficient scopes. Required: notes:read, notes:write',
    )
  })

  it('refuses outside of a call', () => {
    expect(getIdentity()).toBeUndefined()
    expect(() => checkScopes(['a'])).toThrow('Insufficient scopes. Required: a')
  })
})

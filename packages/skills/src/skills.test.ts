import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer as SdkServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { McpServer as SdkV2Server } from '@modelcontextprotocol/server'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { sha256Bytes, toHex } from '@portico-mcp/core/internal'
import { sessions } from '@portico-mcp/sessions'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { SkillError, skills } from './index.ts'
import type { Skill } from './skill.ts'

const ID = 'io.modelcontextprotocol/skills'

const manifest = (name: string, body = 'Do it.') =>
  `---\nname: ${name}\ndescription: How to do ${name}\nmetadata:\n  version: "2"\n---\n${body}`

const FILES = {
  'refunds/SKILL.md': manifest('refunds'),
  'refunds/templates/email.md': 'Dear customer, ümlaut',
  'refunds/templates/logo.png': new Uint8Array([137, 80, 78, 71, 0, 255]),
  'billing/invoices/SKILL.md': manifest('invoices'),
}

let parent: string
let folder: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'portico-skills-'))
  folder = join(parent, 'skills')
})
afterEach(() => rmSync(parent, { recursive: true }))

function write(files: Record<string, string | Uint8Array>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
}

type Server = ConstructorParameters<typeof McpServer>[0]
const classes = {
  "Portico's McpServer": (info: Server) => new McpServer(info),
  'the McpServer of the SDK 1.x': (info: Server) => new SdkServer(info),
  'the McpServer of the SDK 2.x': (info: Server) => new SdkV2Server(info),
}

function serve(
  library: ReturnType<typeof skills>,
  create: (info: Server) => any = classes["Portico's McpServer"],
) {
  const handler = createMcpHandler(
    () => {
      const server = create({ name: 'shop', version: '1' })
      library.register(server)
      return server
    },
    { extensions: [library], legacy: sessions() },
  )
  return async (method: string, params: object = {}, extensions: object = { [ID]: {} }) => {
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': { extensions },
    }
    const { uri } = params as { uri?: string }
    const response = await handler.fetch(
      new Request('http://localhost/mcp', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': method,
          ...(method === 'resources/read' && { 'mcp-name': uri }),
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } }),
      }),
    )
    return (await response.json()) as { result?: any; error?: { code: number; message: string; data?: any } }
  }
}

const codeOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof SkillError) return error.code
    throw error
  }
  return 'no error'
}

describe.each(Object.entries(classes))('a folder of skills, on %s', (_, create) => {
  it('is declared, with resources', async () => {
    write(FILES)
    const { result } = await serve(skills(folder), create)('server/discover')
    expect(result.capabilities.extensions[ID]).toEqual({ directoryRead: true })
    expect(result.capabilities.resources).toBeDefined()
  })

  it('lists each skill with frontmatter and files, whose digests and sizes are those of what is read', async () => {
    write(FILES)
    const call = serve(skills(folder), create)
    const { result } = await call('skills/list')
    expect(result).toMatchObject({ resultType: 'complete', ttlMs: 0, cacheScope: 'private' })
    const [invoices, refunds] = result.skills as Skill[]
    expect(invoices!.uri).toBe('skill://billing/invoices/SKILL.md')
    expect(refunds!.frontmatter).toEqual({
      name: 'refunds',
      description: 'How to do refunds',
      metadata: { version: '2' },
    })
    expect(refunds!.resources.map(({ uri }) => uri)).toEqual([
      'skill://refunds/SKILL.md',
      'skill://refunds/templates/email.md',
      'skill://refunds/templates/logo.png',
    ])
    for (const { uri, digest, size } of refunds!.resources) {
      const [content] = (await call('resources/read', { uri })).result.contents
      const bytes = content.text ? Buffer.from(content.text) : Buffer.from(content.blob, 'base64')
      expect(size).toBe(bytes.length)
      expect(digest).toBe(`sha256:${toHex(await sha256Bytes(bytes))}`)
    }
  })

  it('has the manifests among the resources, with name, description and type', async () => {
    write(FILES)
    const { result } = await serve(skills(folder), create)('resources/list')
    expect(result.resources.map(({ uri }: { uri: string }) => uri)).toEqual([
      'skill://billing/invoices/SKILL.md',
      'skill://refunds/SKILL.md',
    ])
    expect(result.resources[1]).toMatchObject({
      name: 'refunds',
      description: 'How to do refunds',
      mimeType: 'text/markdown',
    })
  })

  it.each([
    'skill://refunds/missing.md',
    'skill://refunds/../../etc/passwd',
    'skill://refunds/%2e%2e/%2e%2e/etc/passwd',
    'skill://refunds/..%2f..%2fetc%2fpasswd',
    'skill://refunds/templates',
    'skill:///etc/passwd',
  ])('answers -32602 for %s', async (uri) => {
    write(FILES)
    const { error } = await serve(skills(folder), create)('resources/read', { uri })
    expect(error?.code).toBe(-32602)
  })
})

describe('the methods', () => {
  const library = skills(FILES)

  it('get one skill as the list has it', async () => {
    const call = serve(library)
    const listed = (await call('skills/list')).result.skills
    const { result } = await call('skills/get', { uri: 'skill://refunds/SKILL.md' })
    expect(result.skill).toEqual(listed[1])
    expect(result).toMatchObject({ ttlMs: 0, cacheScope: 'private' })
  })

  it('answer -32602 for a skill, a directory or a cursor that there is not', async () => {
    const call = serve(library)
    for (const [method, params] of [
      ['skills/get', { uri: 'skill://refunds/templates/email.md' }],
      ['skills/get', {}],
      ['resources/directory/read', { uri: 'skill://refunds/SKILL.md' }],
      ['resources/directory/read', { uri: 'skill://refunds/' }],
      ['skills/list', { cursor: 'x' }],
      ['skills/list', { cursor: '99' }],
    ] as const) {
      expect((await call(method, params)).error?.code, `${method} ${JSON.stringify(params)}`).toBe(-32602)
    }
  })

  it('list the direct children of a directory, folders as inode/directory', async () => {
    const call = serve(library)
    const childrenOf = async (uri: string) =>
      (await call('resources/directory/read', { uri })).result.resources
    expect(await childrenOf('skill://refunds')).toMatchObject([
      { uri: 'skill://refunds/SKILL.md', name: 'SKILL.md', mimeType: 'text/markdown' },
      { uri: 'skill://refunds/templates', name: 'templates', mimeType: 'inode/directory' },
    ])
    expect(await childrenOf('skill://refunds/templates')).toMatchObject([
      { name: 'email.md' },
      { name: 'logo.png', mimeType: 'image/png' },
    ])
    expect(await childrenOf('skill://billing')).toMatchObject([{ name: 'invoices' }])
  })

  it('page, and never split or repeat a skill', async () => {
    const names = ['a', 'b', 'c']
    const many = Object.fromEntries(names.map((name) => [`${name}/SKILL.md`, manifest(name)]))
    const call = serve(skills(many, { pageSize: 2, ttlMs: 1000, cacheScope: 'public' }))
    const first = (await call('skills/list')).result
    const second = (await call('skills/list', { cursor: first.nextCursor })).result
    expect(first).toMatchObject({ ttlMs: 1000, cacheScope: 'public' })
    expect([...first.skills, ...second.skills].map((skill: Skill) => skill.frontmatter.name)).toEqual(names)
    expect(second).not.toHaveProperty('nextCursor')
  })

  it('answer clients that do not declare the extension', async () => {
    const { result } = await serve(library)('skills/list', {}, {})
    expect(result.skills).toHaveLength(2)
  })

  it('serve a 2025-era client in a session', async () => {
    const handler = createMcpHandler(
      () => {
        const server = new McpServer({ name: 'shop', version: '1' })
        library.register(server)
        return server
      },
      { extensions: [library], legacy: sessions() },
    )
    const client = new Client({ name: 'test', version: '1' })
    const fetch = (url: string | URL, init?: RequestInit) => handler.fetch(new Request(url, init))
    await client.connect(new StreamableHTTPClientTransport(new URL('http://localhost/mcp'), { fetch }))
    expect(client.getServerCapabilities()).toMatchObject({ extensions: { [ID]: { directoryRead: true } } })
    const { skills: listed } = await client.request(
      { method: 'skills/list' as never },
      z.looseObject({ skills: z.array(z.any()) }),
    )
    expect(listed).toHaveLength(2)
    await client.close()
    await handler.close()
  })
})

describe('paths', () => {
  it('have the prefix, and are encoded', async () => {
    const library = skills(
      { 'Ö b/refunds/SKILL.md': manifest('refunds'), 'Ö b/refunds/a #1.md': 'x' },
      { prefix: 'acme/eu' },
    )
    expect(library.uris).toEqual(['skill://acme/eu/%C3%96%20b/refunds/SKILL.md'])
    const { result } = await serve(library)('resources/read', {
      uri: 'skill://acme/eu/%C3%96%20b/refunds/a%20%231.md',
    })
    expect(result.contents[0].text).toBe('x')
  })

  it('leave out hidden files, and files of no skill', async () => {
    write({ ...FILES, 'refunds/.env': 'SECRET=1', '.git/config': 'x', 'README.md': 'x' })
    const call = serve(skills(folder))
    const all = (await call('skills/list')).result.skills.flatMap((skill: Skill) => skill.resources)
    expect(all).toHaveLength(4)
    for (const uri of ['skill://refunds/.env', 'skill://README.md', 'skill://.git/config']) {
      expect((await call('resources/read', { uri })).error?.code).toBe(-32602)
    }
  })

  it('follow links to files of the folder, and no others', () => {
    write({ ...FILES, '../outside.txt': 'secret' })
    symlinkSync(join(folder, 'refunds/templates/email.md'), join(folder, 'refunds/mail.md'))
    expect(codeOf(() => skills(folder))).toBe('no error')
    symlinkSync(join(folder, '../outside.txt'), join(folder, 'refunds/out.md'))
    expect(codeOf(() => skills(folder))).toBe('link-not-followed')
    rmSync(join(folder, 'refunds/out.md'))
    symlinkSync(folder, join(folder, 'refunds/circle'))
    expect(codeOf(() => skills(folder))).toBe('link-not-followed')
  })

  it.each(['/etc/passwd', '../a/SKILL.md', 'a/./SKILL.md', 'a//SKILL.md', 'a\\SKILL.md'])(
    'reject %s',
    (path) => {
      expect(codeOf(() => skills({ [path]: manifest('a') }))).toBe('path-invalid')
    },
  )
})

describe('a skill that is not allowed', () => {
  it.each([
    ['no-skills', { 'readme.md': 'x' }],
    ['frontmatter-invalid', { 'a/SKILL.md': 'Do it.' }],
    ['frontmatter-invalid', { 'a/SKILL.md': '---\nname: [\n---\n' }],
    ['frontmatter-invalid', { 'a/SKILL.md': '---\n- a\n---\n' }],
    ['name-invalid', { 'a/SKILL.md': manifest('b') }],
    ['name-invalid', { 'A/SKILL.md': manifest('A') }],
    ['name-invalid', { 'a--b/SKILL.md': manifest('a--b') }],
    ['name-invalid', { 'a/SKILL.md': '---\ndescription: x\n---\n' }],
    ['description-invalid', { 'a/SKILL.md': '---\nname: a\n---\n' }],
    ['description-invalid', { 'a/SKILL.md': `---\nname: a\ndescription: ${'x'.repeat(1025)}\n---\n` }],
    ['skill-too-large', { 'a/SKILL.md': manifest('a'), 'a/big.bin': new Uint8Array(16 * 2 ** 20) }],
    [
      'skill-too-large',
      {
        'a/SKILL.md': manifest('a'),
        ...Object.fromEntries(Array.from({ length: 512 }, (_, i) => [`a/${i}`, ''])),
      },
    ],
  ] as [string, Record<string, string>][])('is rejected: %s', (code, files) => {
    expect(codeOf(() => skills(files))).toBe(code)
  })

  it('is rejected before a file of it is read whole', () => {
    write({ 'a/SKILL.md': manifest('a'), 'a/big.bin': new Uint8Array(16 * 2 ** 20 + 1) })
    expect(codeOf(() => skills(folder))).toBe('skill-too-large')
  })

  it('keeps what was served before, when the folder is read again', async () => {
    write(FILES)
    const library = skills(folder)
    write({ 'refunds/SKILL.md': manifest('refunds', 'Do it better.') })
    library.reload()
    const read = async () =>
      (await serve(library)('resources/read', { uri: 'skill://refunds/SKILL.md' })).result.contents[0].text
    expect(await read()).toContain('better')
    write({ 'refunds/SKILL.md': 'gone' })
    expect(codeOf(() => library.reload())).toBe('frontmatter-invalid')
    expect(await read()).toContain('better')
  })

  it('names a folder that cannot be read', () => {
    expect(() => skills(join(folder, 'missing'))).toThrow(/missing cannot be read: ENOENT/)
  })

  it('and options that are not allowed are rejected', () => {
    expect(() => skills(FILES, { prefix: '../up' })).toThrow(/prefix must be path segments/)
    expect(() => skills(FILES, { pageSize: 0 })).toThrow(/pageSize must be an integer from 1 to 1000/)
    expect(() => skills(FILES, { ttl: 5 } as never)).toThrow(/there is no option "ttl": did you mean ttlMs/)
  })
})

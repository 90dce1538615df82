import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMcpHandler } from '@portico-mcp/core'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { NotApplicable, sessionStoreContract } from './contract/index.ts'
import { sessions } from './index.ts'
import { FileSessionStore } from './store/file-session-store.ts'
import { RawClient } from './testing/http.ts'
import { Stage } from './testing/server.ts'

const root = mkdtempSync(join(tmpdir(), 'portico-sessions-'))
const newFolder = () => mkdtempSync(join(root, 'store-'))

afterAll(() => rmSync(root, { recursive: true }))
beforeEach(() => vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => vi.useRealTimers())

describe('the session store in files', () => {
  it.each(sessionStoreContract)('$title', async ({ run }) => {
    const store = new FileSessionStore({ folder: join(newFolder(), 'made', 'for it') })
    const file = join(newFolder(), 'a file')
    writeFileSync(file, '')
    const unreachable = new FileSessionStore({ folder: file })
    const pass = async (ms: number) => void vi.setSystemTime(Date.now() + ms)
    await run({ store, other: store, unreachable, ttlMs: 1000, pass }).catch((error) => {
      if (!(error instanceof NotApplicable)) throw error
    })
  })

  it('lets a session go on after a restart', async () => {
    const folder = newFolder()
    const start = () =>
      createMcpHandler(new Stage().factory, { legacy: sessions({ store: new FileSessionStore({ folder }) }) })
    let handler = start()
    const client = new RawClient(() => handler)
    await client.open({ elicitation: {} })
    await handler.close()
    handler = start()
    const { result } = await (await client.tool('client')).json()
    expect(JSON.parse(result.content[0].text)).toMatchObject([{ name: 'raw' }, { elicitation: {} }])
    expect(statSync(join(folder, readdirSync(folder)[0]!)).mode & 0o077).toBe(0)
  })

  it('keeps to its folder, whatever a session is called', async () => {
    const folder = newFolder()
    const store = new FileSessionStore({ folder })
    for (const id of ['../out', '..', '.', '/etc/passwd', 'a/b', '%2e%2e', 'a'.repeat(250)]) {
      await store.createSession(id, { id })
      expect((await store.getSession(id))?.data).toEqual({ id })
    }
    expect(readdirSync(folder).length).toBe(7)
  })

  it('removes what is over, or unfinished, when it is made', async () => {
    const folder = newFolder()
    await new FileSessionStore({ folder }).createSession('old', {}, 1000)
    writeFileSync(join(folder, 'half.unfinished'), '{"da')
    vi.setSystemTime(Date.now() + 2000)
    await new FileSessionStore({ folder }).sessionExists('any')
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('a file that cannot be read', () => {
  const RECORD = { createdAt: 1, updatedAt: 1, expiresAt: 8e15, data: {} }

  const write = (text: string | Buffer) => (file: string) => writeFileSync(file, text)

  it.each<[string, (file: string) => void]>([
    ['empty', write('')],
    ['cut off', (file) => truncateSync(file, readFileSync(file).length - 3)],
    ['full of zeros', write(Buffer.alloc(300))],
    ['no JSON', write('<html>')],
    ['null', write('null')],
    ['a number', write('1')],
    ['an array', write('[]')],
    ['an empty object', write('{}')],
    ['without an end', write(JSON.stringify({ ...RECORD, expiresAt: undefined }))],
    ['with an end that is text', write(JSON.stringify({ ...RECORD, expiresAt: '8e15' }))],
    ['without data', write(JSON.stringify({ ...RECORD, data: null }))],
    ['with data that is an array', write(JSON.stringify({ ...RECORD, data: [] }))],
    ['another folder', (file) => rmSync(file) ?? mkdirSync(file)],
    ['a pipe', (file) => rmSync(file) ?? void execFileSync('mkfifo', [file])],
    ['a link to a device', (file) => rmSync(file) ?? symlinkSync('/dev/zero', file)],
    ['a link to itself', (file) => rmSync(file) ?? symlinkSync(file, file)],
    ['larger than any session', (file) => truncateSync(file, 2 ** 31)],
    // root reads what has no permission
    ...(process.getuid?.() === 0
      ? []
      : [['without permission', (file: string) => chmodSync(file, 0)] as [string, (file: string) => void]]),
  ])('is the loss of its session alone: %s', async (_, spoil) => {
    const folder = newFolder()
    const reports: Error[] = []
    const start = (): FileSessionStore =>
      new FileSessionStore({ folder, onerror: (e) => void reports.push(e) })
    const before = start()
    await before.createSession('spoilt', { a: 1 })
    const [name] = readdirSync(folder) as [string]
    await before.createSession('kept', { b: 2 })
    spoil(join(folder, name))
    for (const store of [before, start()]) {
      expect(await store.getSession('spoilt')).toBeUndefined()
      expect((await store.getSession('kept'))?.data).toEqual({ b: 2 })
    }
    expect(reports.map(({ message }) => message)).toEqual([
      expect.stringContaining(`${join(folder, name)} cannot be read`),
    ])
    expect(readdirSync(folder)).toContain(`${name}.corrupt`)
    expect(await before.updateSession('spoilt', { a: 2 })).toBe(false)
    expect(await before.createSession('spoilt', { a: 3 })).toBe(true)
    expect((await start().getSession('spoilt'))?.data).toEqual({ a: 3 })
  })

  it('keeps no client from a session, over any restart', async () => {
    const folder = newFolder()
    const reports: Error[] = []
    const start = () => {
      const store = new FileSessionStore({ folder, onerror: (error) => void reports.push(error) })
      return createMcpHandler(new Stage().factory, { legacy: sessions({ store }), onerror: () => {} })
    }
    let handler = start()
    const [lost, kept] = [new RawClient(() => handler), new RawClient(() => handler)]
    await lost.open()
    const [name] = readdirSync(folder) as [string]
    await kept.open()
    await handler.close()
    writeFileSync(join(folder, name), '')
    for (let restart = 0; restart < 2; restart++) {
      handler = start()
      expect((await lost.call('ping')).status).toBe(404)
      expect((await kept.call('ping')).status).toBe(200)
      expect((await new RawClient(handler).open()).status).toBe(200)
      await handler.close()
    }
    expect(reports.length).toBe(1)
  })

  it('is named where it cannot be moved aside either', async () => {
    const folder = newFolder()
    const store = new FileSessionStore({ folder, onerror: () => {} })
    await store.createSession('spoilt')
    const [name] = readdirSync(folder) as [string]
    writeFileSync(join(folder, name), '')
    mkdirSync(join(folder, `${name}.corrupt`))
    await expect(store.getSession('spoilt')).rejects.toThrow(`${join(folder, name)} cannot be read`)
    expect(await store.createSession('another')).toBe(true)
  })

  it('is reported even by an onerror that throws', async () => {
    const folder = newFolder()
    writeFileSync(join(folder, 'x.session.json'), '')
    const onerror = (): void => {
      throw new Error('no log')
    }
    const store = new FileSessionStore({ folder, onerror })
    expect(await store.createSession('a')).toBe(true)
  })
})

it('takes a folder that could not be opened at first, and makes one again that was removed', async () => {
  const folder = join(newFolder(), 'sessions')
  writeFileSync(folder, 'in the way')
  const store = new FileSessionStore({ folder })
  await expect(store.createSession('a')).rejects.toThrow()
  rmSync(folder)
  expect(await store.createSession('a')).toBe(true)
  rmSync(folder, { recursive: true })
  expect(await store.getSession('a')).toBeUndefined()
  expect(await store.createSession('a')).toBe(true)
})

it('has a session on the disk before it is in its place, and leaves nothing of a write that fails', async () => {
  const folder = newFolder()
  const store = new FileSessionStore({ folder })
  await store.createSession('a', { a: 1 })
  const handle = await open(join(folder, readdirSync(folder)[0] as string))
  const prototype = Object.getPrototypeOf(handle)
  await handle.close()
  const [name] = readdirSync(folder) as [string]
  const order: string[] = []
  const sync = vi.spyOn(prototype, 'sync').mockImplementation(async () => {
    order.push(readdirSync(folder).length > 1 ? 'file' : 'folder')
  })
  await store.updateSession('a', { a: 2 })
  expect(order).toEqual(['file', 'folder'])
  sync.mockRejectedValueOnce(Object.assign(new Error('no space'), { code: 'ENOSPC' }))
  await expect(store.updateSession('a', { a: 3 })).rejects.toThrow('no space')
  expect((await store.getSession('a'))?.data).toEqual({ a: 2 })
  expect(readdirSync(folder)).toEqual([name])
  sync.mockRestore()
})

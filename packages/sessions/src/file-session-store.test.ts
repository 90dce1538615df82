import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMcpHandler } from '@portico-mcp/core'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { NotApplicable, sessionStoreContract } from './contract/index.ts'
import { FileSessionStore } from './file-session-store.ts'
import { sessions } from './index.ts'
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

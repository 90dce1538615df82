import { mkdtempSync } from 'node:fs'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describeContract } from '@portico-example/testing/contracts'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { taskStoreContract } from './contract/index.ts'
import { FileTaskStore } from './file.ts'
import { serve, text } from './testing/serve.ts'

const folders: string[] = []
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'tasks-'))
  folders.push(folder)
  return folder
}
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))

describeContract('the task store in files', taskStoreContract, () => {
  const folder = newFolder()
  const store = new FileTaskStore({ folder })
  return {
    store,
    other: store,
    createEmpty: () => new FileTaskStore({ folder: newFolder() }),
    ttlMs: 300,
    pass: (ms) => sleep(ms),
  }
})

describe('a task in a file', () => {
  const keys = ['0123456789abcdef0123456789abcdef']

  it('survives its process', async () => {
    const folder = newFolder()
    const start = () =>
      serve((server) => void server.registerTool('slow', {}, async () => text('kept')), {
        store: new FileTaskStore({ folder }),
        keys,
        tools: { slow: { support: 'required' } },
      })
    const before = start()
    const { taskId } = await before.call('slow')
    await before.until(taskId, 'completed')
    await before.handler.close()
    const after = start()
    expect(await after.until(taskId, 'completed')).toMatchObject({ result: text('kept') })
    await after.handler.close()
  })

  it('is lost alone when its file is broken', async () => {
    const folder = newFolder()
    const task = { version: 0, createdAt: Date.now(), expiresAt: Date.now() + 60_000, owner: 'o', value: 'v' }
    const limits = { perOwner: 10, total: 10 }
    const before = new FileTaskStore({ folder })
    await before.createTask({ ...task, taskId: 'one' }, limits)
    const [name] = await readdir(folder)
    await before.createTask({ ...task, taskId: 'other' }, limits)
    await writeFile(join(folder, name as string), '{')
    const onerror = vi.fn()
    const after = new FileTaskStore({ folder, onerror })
    expect(await after.getTask('one')).toBeUndefined()
    expect(await after.getTask('other')).toMatchObject({ value: 'v' })
    expect(onerror).toHaveBeenCalledTimes(1)
    expect(await readdir(folder)).toContain(`${name}.corrupt`)
  })

  it('needs a folder', () => {
    expect(() => new FileTaskStore({} as never)).toThrow('folder must be the path of a folder')
  })
})

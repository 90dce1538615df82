import { open, readFile, rename, rm } from 'node:fs/promises'
import type { StoredTask } from './task-store.ts'

/** The end of the name of a file whose write was not finished. */
export const UNFINISHED = '.tmp'

/** Writes a task to a file, which has either the old or the new content afterwards. */
export async function writeTaskFile(path: string, task: StoredTask): Promise<void> {
  const unfinished = `${path}${UNFINISHED}`
  const file = await open(unfinished, 'w', 0o600)
  try {
    await file.writeFile(JSON.stringify(task))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(unfinished, path)
}

/**
 * Reads a task from a file.
 *
 * @param report - Called with an error that names a file that cannot be read as a task; it is renamed to
 *   `<name>.corrupt`.
 * @returns undefined for such a file, and for one that does not exist.
 */
export async function readTaskFile(
  path: string,
  report: (error: Error) => void,
): Promise<StoredTask | undefined> {
  try {
    const task: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (isStoredTask(task)) return task
    throw new TypeError('it has no task')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    if (typeof (cause as NodeJS.ErrnoException).code === 'string') throw cause
    await rename(path, `${path}.corrupt`)
    report(new Error(`The file of a task cannot be read, and is renamed: ${path}.corrupt`, { cause }))
    return undefined
  }
}

export const removeTaskFile = (path: string): Promise<void> => rm(path, { force: true })

function isStoredTask(value: unknown): value is StoredTask {
  if (typeof value !== 'object' || value === null) return false
  const { taskId, owner, version, createdAt, expiresAt, value: text } = value as Partial<StoredTask>
  const areTexts = [taskId, owner, text].every((member) => typeof member === 'string')
  return areTexts && [version, createdAt, expiresAt].every((member) => Number.isFinite(member))
}

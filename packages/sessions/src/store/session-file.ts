import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { SessionData } from './session-store.ts'

/** A session as a file has it; times are milliseconds of the clock. */
export interface StoredSession {
  createdAt: number
  updatedAt: number
  expiresAt: number
  data: SessionData
}

/** The end of the name of a file that has not been renamed into its place. */
export const UNFINISHED = '.unfinished'

/** Errors of one file, which another attempt does not mend; any other may be the whole disk's. */
const FILE_ERRORS: readonly unknown[] = ['EACCES', 'EPERM', 'EISDIR', 'ELOOP', 'ERR_FS_FILE_TOO_LARGE']

/** What opening or syncing a folder fails with where the platform does not offer it, as Windows. */
const UNSUPPORTED: readonly unknown[] = ['EACCES', 'EBADF', 'EINVAL', 'EISDIR', 'ENOSYS', 'ENOTSUP', 'EPERM']

/**
 * Reads a session; undefined if it does not exist or has expired. A file that holds no session is moved
 * aside as `<name>.corrupt` and reported: it is the loss of one session.
 */
export async function readSessionFile(
  file: string,
  report: (error: Error) => void,
): Promise<StoredSession | undefined> {
  let stored: StoredSession
  try {
    stored = parse(await readRegularFile(file))
  } catch (error) {
    const code = getErrorCode(error)
    if (code === 'ENOENT') return undefined
    if (error instanceof SyntaxError || FILE_ERRORS.includes(code)) return setAside(file, error, report)
    throw error
  }
  if (stored.expiresAt > Date.now()) return stored
  await rm(file, { force: true })
  return undefined
}

/**
 * Writes a session. It is on the disk, under another name, before it takes the place of the file: neither a
 * reader nor a power cut leaves half of it.
 */
export async function writeSessionFile(file: string, stored: StoredSession): Promise<void> {
  const unfinished = join(dirname(file), `${randomUUID()}${UNFINISHED}`)
  try {
    await writeThrough(unfinished, JSON.stringify(stored))
    await rename(unfinished, file)
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {})
    throw error
  }
  await syncFolder(dirname(file))
}

/** Removes a session, so that no power cut brings it back. */
export async function removeSessionFile(file: string): Promise<void> {
  await rm(file, { force: true })
  await syncFolder(dirname(file))
}

/** Far more than the largest session: what is larger would take the memory of the process. */
const MAX_BYTES = 64 * 1024 * 1024

// A pipe or a device is never read to its end, and would have every session wait for it.
async function readRegularFile(file: string): Promise<string> {
  const found = await stat(file)
  if (!found.isFile() || found.size > MAX_BYTES) {
    throw new SyntaxError('It is no file of at most 64 MiB')
  }
  return readFile(file, 'utf8')
}

function parse(text: string): StoredSession {
  const stored = JSON.parse(text)
  const { createdAt, updatedAt, expiresAt, data } = Object(stored)
  const isStored =
    [createdAt, updatedAt, expiresAt].every(Number.isFinite) &&
    typeof data === 'object' &&
    data !== null &&
    !Array.isArray(data)
  if (!isStored) throw new SyntaxError('It is JSON, and no session')
  return stored
}

async function setAside(file: string, cause: unknown, report: (error: Error) => void): Promise<undefined> {
  const aside = `${file}.corrupt`
  try {
    await rename(file, aside)
  } catch {
    // What cannot be moved either may be readable again in a moment, as a file that a scanner has open.
    throw new Error(`FileSessionStore: ${file} cannot be read, nor moved aside`, { cause })
  }
  const name = basename(aside)
  report(
    new Error(`FileSessionStore: ${file} cannot be read: its session is lost, and kept as ${name}`, {
      cause,
    }),
  )
}

async function writeThrough(file: string, text: string): Promise<void> {
  const handle = await openNew(file)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

// What cleans up under development, such as `npm ci`, may remove the folder of a store that is in use.
async function openNew(file: string) {
  try {
    return await open(file, 'wx', 0o600)
  } catch (error) {
    if (getErrorCode(error) !== 'ENOENT') throw error
    await makeFolder(dirname(file))
    return open(file, 'wx', 0o600)
  }
}

/** Makes the folder of sessions, which are secrets of their clients. */
export const makeFolder = (folder: string): Promise<unknown> =>
  mkdir(folder, { recursive: true, mode: 0o700 })

// A rename is durable once its folder is.
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (getErrorCode(error) !== 'ENOENT' && !UNSUPPORTED.includes(getErrorCode(error))) throw error
  }
}

const getErrorCode = (error: unknown): unknown => (error as NodeJS.ErrnoException | undefined)?.code

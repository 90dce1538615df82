import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { SessionData } from './session-store.ts'

/** The content of a session's file. Times are milliseconds since the epoch. */
export interface StoredSession {
  createdAt: number
  updatedAt: number
  expiresAt: number
  data: SessionData
}

/** The suffix of a file that has not been renamed to its final name. */
export const UNFINISHED = '.unfinished'

/** Error codes that concern one file and are permanent. Any other error may concern the whole disk. */
const FILE_ERRORS: readonly unknown[] = ['EACCES', 'EPERM', 'EISDIR', 'ELOOP', 'ERR_FS_FILE_TOO_LARGE']

/** Error codes of opening or syncing a folder on a platform that does not support it, such as Windows. */
const UNSUPPORTED: readonly unknown[] = ['EACCES', 'EBADF', 'EINVAL', 'EISDIR', 'ENOSYS', 'ENOTSUP', 'EPERM']

/**
 * Reads a session. Returns undefined if it does not exist or has expired. A file that contains no session is renamed to
 * `<name>.corrupt` and reported: only that session is lost.
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
 * Writes a session atomically: a temporary file is synced to the disk and then renamed. Neither a reader nor a power
 * failure finds half of a session.
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

/** Removes a session. The folder is synced, so that a power failure does not bring the session back. */
export async function removeSessionFile(file: string): Promise<void> {
  await rm(file, { force: true })
  await syncFolder(dirname(file))
}

/** Far more than the largest session. Reading a larger file could exhaust the memory of the process. */
const MAX_BYTES = 64 * 1024 * 1024

// Reading a pipe or a device may never end, so only regular files are read.
async function readRegularFile(file: string): Promise<string> {
  const found = await stat(file)
  if (!found.isFile() || found.size > MAX_BYTES) {
    throw new SyntaxError('It is not a regular file of at most 64 MiB')
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
  if (!isStored) throw new SyntaxError('The JSON does not describe a session')
  return stored
}

async function setAside(file: string, cause: unknown, report: (error: Error) => void): Promise<undefined> {
  const aside = `${file}.corrupt`
  try {
    await rename(file, aside)
  } catch (error) {
    // Another reader has renamed the file and reported it.
    if (getErrorCode(error) === 'ENOENT') return undefined
    // The file may become readable again, for instance when a virus scanner closes it, so it is not given up.
    throw new Error(`FileSessionStore: ${file} cannot be read or renamed`, { cause })
  }
  const name = basename(aside)
  report(
    new Error(
      `FileSessionStore: ${file} cannot be read: its session is lost, and the file is kept as ${name}`,
      {
        cause,
      },
    ),
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

// During development, commands such as `npm ci` may remove the folder while the store is in use.
async function openNew(file: string) {
  try {
    return await open(file, 'wx', 0o600)
  } catch (error) {
    if (getErrorCode(error) !== 'ENOENT') throw error
    await makeFolder(dirname(file))
    return open(file, 'wx', 0o600)
  }
}

/** Creates the folder. Only its owner may read it, since sessions are secrets. */
export const makeFolder = (folder: string): Promise<unknown> =>
  mkdir(folder, { recursive: true, mode: 0o700 })

// A rename is durable only once the folder is synced.
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

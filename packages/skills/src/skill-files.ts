import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MAX_FILES, MAX_SKILL_BYTES } from './limits.ts'
import { SkillError } from './skill-error.ts'

/** Files by their path in the folder of skills, with `/` between its parts: texts, or bytes. */
export type SkillFiles = Readonly<Record<string, string | Uint8Array>>

/** The bytes of files by path, sorted by path. */
export type FileMap = ReadonlyMap<string, Uint8Array>

/** The most files that are read of a folder, whatever skills it has. */
const MAX_FOLDER_FILES = 64 * MAX_FILES

/**
 * Reads the files of a folder, or takes those that are given.
 *
 * @throws SkillError if the folder cannot be read, or has links that lead out of it.
 */
export function readSkillFiles(source: string | URL | SkillFiles): FileMap {
  if (typeof source === 'string' || source instanceof URL) return readFolder(toPath(source))
  return sortByPath(Object.entries(source).map(([path, content]) => [checkPath(path), toBytes(content)]))
}

const toPath = (folder: string | URL): string => (typeof folder === 'string' ? folder : fileURLToPath(folder))
const toBytes = (content: string | Uint8Array): Uint8Array =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content

function checkPath(path: string): string {
  const isPlain = path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  if (isPlain && !path.includes('\\')) return path
  throw new SkillError(
    'path-invalid',
    path,
    'must be a relative path with "/" between its parts, and without "." and ".."',
  )
}

function readFolder(folder: string): FileMap {
  try {
    const root = realpathSync(folder)
    const paths = listFiles(root, root)
    return sortByPath(paths.map((path) => [relative(root, path).split(sep).join('/'), readFile(root, path)]))
  } catch (error) {
    if (error instanceof SkillError) throw error
    throw new SkillError('folder-unreadable', folder, `cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

function listFiles(root: string, folder: string, found: string[] = []): string[] {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    // editors, version control and operating systems leave hidden files
    if (entry.name.startsWith('.')) continue
    if (entry.isDirectory()) listFiles(root, path, found)
    else found.push(entry.isSymbolicLink() ? checkLink(root, path) : path)
    if (found.length > MAX_FOLDER_FILES) {
      throw new SkillError('skill-too-large', root, `has more than ${MAX_FOLDER_FILES} files`)
    }
  }
  return found
}

/** A link may name a file of the folder. Links to folders could lead in circles, and others out of the folder. */
function checkLink(root: string, path: string): string {
  const target = realpathSync(path)
  if (target.startsWith(root + sep) && statSync(target).isFile()) return path
  throw new SkillError('link-not-followed', path, 'links to something that is not a file of the folder')
}

function readFile(root: string, path: string): Uint8Array {
  const { size } = statSync(path)
  if (size > MAX_SKILL_BYTES) {
    throw new SkillError(
      'skill-too-large',
      relative(root, path),
      `has ${size} bytes, more than a skill may have (${MAX_SKILL_BYTES})`,
    )
  }
  return readFileSync(path)
}

function sortByPath(files: [path: string, content: Uint8Array][]): FileMap {
  return new Map(files.sort(([one], [other]) => (one < other ? -1 : 1)))
}

import { sha256Bytes, toHex } from '@portico-mcp/core/internal'
import { type FileContents, mimeTypeOf, toFileContents } from './file-contents.ts'
import { MAX_FILES, MAX_SKILL_BYTES } from './limits.ts'
import { readFrontmatter } from './read-frontmatter.ts'
import type { Skill, SkillResource } from './skill.ts'
import { SkillError } from './skill-error.ts'
import type { FileMap } from './skill-files.ts'

const MANIFEST = 'SKILL.md'

/** A resource, as lists show it. */
export interface ListedResource {
  uri: string
  name: string
  description?: string
  mimeType: string
  size?: number
}

/** A skill, with the paths of its files. */
interface FoundSkill {
  uri: string
  frontmatter: Skill['frontmatter']
  paths: readonly string[]
}

/**
 * The skills of a folder at one moment. All answers come from it, so that digests agree with contents, and no request
 * reads the file system.
 */
export class Catalog {
  readonly #files: FileMap
  readonly #skills: ReadonlyMap<string, FoundSkill>
  readonly #pathsByUri: ReadonlyMap<string, string>
  readonly #listed: ReadonlyMap<string, ListedResource>
  readonly #folders: ReadonlyMap<string, readonly ListedResource[]>
  #digested: Promise<ReadonlyMap<string, SkillResource>> | undefined

  /** @throws SkillError if there is no skill, or one is not allowed. */
  constructor(files: FileMap, prefix: string) {
    const skills = findSkills(files, prefix)
    const paths = new Set(skills.flatMap((skill) => skill.paths))
    this.#files = files
    this.#skills = new Map(skills.map((skill) => [skill.uri, skill]))
    this.#pathsByUri = new Map([...paths].map((path) => [toUri(prefix, path), path]))
    this.#listed = new Map([...this.#pathsByUri.keys()].map((uri) => [uri, this.#describe(uri)]))
    this.#folders = listFolders([...this.#listed.values()])
  }

  /** The `SKILL.md` of every skill, as `resources/list` shows it. */
  get manifests(): ListedResource[] {
    return [...this.#skills.keys()].map((uri) => this.#listed.get(uri) as ListedResource)
  }

  get uris(): string[] {
    return [...this.#skills.keys()]
  }

  has(uri: string): boolean {
    return this.#pathsByUri.has(uri)
  }

  /** The contents of a file; undefined if no skill has it. */
  read(uri: string): FileContents | undefined {
    const path = this.#pathsByUri.get(uri)
    return path === undefined ? undefined : toFileContents(uri, path, this.#contentOf(path))
  }

  /** The direct children of a folder, or undefined for an unknown URI. */
  list(uri: string): readonly ListedResource[] | undefined {
    return this.#folders.get(uri)
  }

  /** The entry of a skill, or undefined for an unknown URI. */
  async get(uri: string): Promise<Skill | undefined> {
    const skill = this.#skills.get(uri)
    if (!skill) return undefined
    this.#digested ??= this.#digest()
    const digested = await this.#digested
    const resources = skill.paths.map((path) => digested.get(path) as SkillResource)
    return { uri, frontmatter: skill.frontmatter, resources }
  }

  async #digest(): Promise<ReadonlyMap<string, SkillResource>> {
    const entries = [...this.#pathsByUri].map(async ([uri, path]) => {
      const content = this.#contentOf(path)
      const digest = `sha256:${toHex(await sha256Bytes(content))}`
      return [path, { uri, digest, size: content.length }] as const
    })
    return new Map(await Promise.all(entries))
  }

  #contentOf(path: string): Uint8Array {
    return this.#files.get(path) as Uint8Array
  }

  #describe(uri: string): ListedResource {
    const path = this.#pathsByUri.get(uri) as string
    const content = this.#contentOf(path)
    const skill = this.#skills.get(uri)
    const name = skill?.frontmatter.name ?? path.slice(path.lastIndexOf('/') + 1)
    const description = skill && { description: skill.frontmatter.description }
    return { uri, name, ...description, mimeType: mimeTypeOf(path, content), size: content.length }
  }
}

function findSkills(files: FileMap, prefix: string): FoundSkill[] {
  const paths = [...files.keys()]
  const manifests = paths.filter((path) => path.endsWith(`/${MANIFEST}`))
  if (manifests.length === 0) {
    throw new SkillError('no-skills', 'the folder', 'must have a folder with a SKILL.md for each skill')
  }
  return manifests.map((manifest) => findSkill(files, paths, manifest, prefix))
}

function findSkill(files: FileMap, all: string[], manifest: string, prefix: string): FoundSkill {
  const folder = manifest.slice(0, -MANIFEST.length)
  const name = folder.slice(0, -1).split('/').at(-1) as string
  const frontmatter = readFrontmatter(files.get(manifest) as Uint8Array, manifest, name)
  const paths = all.filter((path) => path.startsWith(folder))
  const size = paths.reduce((sum, path) => sum + (files.get(path) as Uint8Array).length, 0)
  if (paths.length > MAX_FILES || size > MAX_SKILL_BYTES) {
    throw new SkillError(
      'skill-too-large',
      folder,
      `has ${paths.length} files with ${size} bytes, more than ${MAX_FILES} files or ${MAX_SKILL_BYTES} bytes`,
    )
  }
  return { uri: toUri(prefix, manifest), frontmatter, paths }
}

const toUri = (prefix: string, path: string): string =>
  `skill://${[...prefix.split('/').filter(Boolean), ...path.split('/')].map(encodeURIComponent).join('/')}`

/** Lists the children of every folder above the files: files as they are, and folders as `inode/directory`. */
function listFolders(files: readonly ListedResource[]): ReadonlyMap<string, readonly ListedResource[]> {
  const folders = new Map<string, Map<string, ListedResource>>()
  for (const file of files) {
    let child: ListedResource = { ...file, name: lastPart(file.uri) }
    for (
      let end = file.uri.lastIndexOf('/');
      end > 'skill://'.length;
      end = file.uri.lastIndexOf('/', end - 1)
    ) {
      const uri = file.uri.slice(0, end)
      const children = folders.get(uri) ?? new Map()
      folders.set(uri, children.set(child.uri, children.get(child.uri) ?? child))
      child = { uri, name: lastPart(uri), mimeType: 'inode/directory' }
    }
  }
  return new Map([...folders].map(([uri, children]) => [uri, [...children.values()]]))
}

const lastPart = (uri: string): string => decodeURIComponent(uri.slice(uri.lastIndexOf('/') + 1))

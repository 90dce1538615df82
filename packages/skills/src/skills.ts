import type { McpExtension } from '@portico-mcp/core'
import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { Catalog, type ListedResource } from './catalog.ts'
import type { FileContents } from './file-contents.ts'
import { createMethods } from './methods.ts'
import { readSkillFiles, type SkillFiles } from './skill-files.ts'

const ID = 'io.modelcontextprotocol/skills'

/** Options of {@link skills}. */
export interface SkillsOptions {
  /** The path in front of every skill, such as `acme/billing` for `skill://acme/billing/…`. @defaultValue none */
  prefix?: string | undefined
  /** How many skills, or children of a directory, one answer lists. @defaultValue 100 */
  pageSize?: number | undefined
  /** How long clients may keep an entry, in milliseconds. @defaultValue 0 */
  ttlMs?: number | undefined
  /** Whether caches may share entries between callers. @defaultValue 'private' */
  cacheScope?: 'public' | 'private' | undefined
}

const RULES: Rules<keyof SkillsOptions> = {
  prefix: {
    allowed: 'path segments of letters, digits, ".", "_" and "-" with "/" between them',
    isAllowed: (value) => typeof value === 'string' && /^\w[\w.-]*(?:\/\w[\w.-]*)*$/.test(value),
  },
  pageSize: optionRules.integerFrom(1, 1000),
  ttlMs: optionRules.integerFrom(0, Number.MAX_SAFE_INTEGER, 'milliseconds'),
  cacheScope: optionRules.oneOf('public', 'private'),
}

/** A server that resources can be registered on: `McpServer` of either SDK, or of Portico. */
export interface ResourceServer {
  registerResource(...args: never[]): unknown
}

/** The skills of a server: an extension for `createMcpHandler`, and the resources of its files. */
export interface Skills extends McpExtension {
  /** The URIs of the skills, of their `SKILL.md`. */
  readonly uris: readonly string[]
  /** Registers the files on a server. Call it in the factory. */
  register(server: ResourceServer): void
  /**
   * Reads the folder again. If that fails, what was read before is served on.
   *
   * @throws SkillError as {@link skills}.
   */
  reload(): void
}

/**
 * Serves Agent Skills by the skills extension of MCP, `io.modelcontextprotocol/skills` (SEP-2640). Each folder with a
 * `SKILL.md` is a skill; its files are resources with URIs such as `skill://refunds/templates/email.md`.
 *
 * Files are read once, when this is called. Requests are answered from memory, so no request reads the file system.
 * Hidden files are left out.
 *
 * @param source - The folder of the skills, or their files by path.
 * @param options - See {@link SkillsOptions}.
 * @throws SkillError if the folder cannot be read, has no skill, or has one that the Agent Skills specification or the
 *   limits of the extension (512 files, 16 MiB) do not allow. `code` is stable.
 * @throws TypeError or RangeError if an option is not allowed.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { skills } from '@portico-mcp/skills'
 *
 * const library = skills({
 *   'refunds/SKILL.md': '---\nname: refunds\ndescription: How to refund an order\n---\nAsk for the order number.',
 * })
 *
 * const createServer = () => {
 *   const server = new McpServer({ name: 'shop', version: '1.0.0' })
 *   library.register(server)
 *   return server
 * }
 *
 * export default createMcpHandler(createServer, { extensions: [library] })
 * ```
 */
export function skills(source: string | URL | SkillFiles, options: SkillsOptions = {}): Skills {
  validateOptions('skills', options, RULES)
  const { prefix = '', pageSize = 100, ttlMs = 0, cacheScope = 'private' } = options
  const load = () => new Catalog(readSkillFiles(source), prefix)
  let catalog = load()
  const settings = { directoryRead: true }
  const methods = createMethods(() => catalog, { pageSize, ttlMs, cacheScope })
  return {
    id: ID,
    settings,
    methods,
    legacy: { capabilities: { extensions: { [ID]: settings } }, methods },
    get uris() {
      return catalog.uris
    },
    register: (server) => registerFiles(server, () => catalog),
    reload: () => {
      catalog = load()
    },
  }
}

type Register = (
  name: string,
  template: object,
  metadata: { title: string; description: string },
  read: (uri: URL) => { contents: FileContents[] },
) => unknown

/**
 * Registers one template for all files, so that a server costs one registration. The template has what both SDKs read
 * of a `ResourceTemplate`. It matches the URIs of existing files only: for any other, the SDK answers -32602.
 */
function registerFiles(server: ResourceServer, catalog: () => Catalog): void {
  const template = {
    uriTemplate: {
      variableNames: ['path'],
      toString: () => 'skill://{+path}',
      match: (uri: string) => (catalog().has(uri) ? { path: uri.slice('skill://'.length) } : null),
    },
    listCallback: (): { resources: ListedResource[] } => ({ resources: catalog().manifests }),
    completeCallback: () => undefined,
  }
  const register = server.registerResource.bind(server) as never as Register
  register('skills', template, { title: 'Skills', description: 'Files of Agent Skills' }, ({ href }) => ({
    contents: [catalog().read(href) as FileContents],
  }))
}

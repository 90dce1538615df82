import type { ExtensionMethod, ExtensionRequest } from '@portico-mcp/core'
import type { Catalog } from './catalog.ts'

const INVALID_PARAMS = -32602

/** A request that asks for something that is not there. */
class InvalidParams extends Error {
  readonly code: number = INVALID_PARAMS
  readonly data: object | undefined

  constructor(message: string, data?: object) {
    super(message)
    this.data = data
  }
}

/** The settings of the methods. */
export interface MethodSettings {
  readonly pageSize: number
  readonly ttlMs: number
  readonly cacheScope: 'public' | 'private'
}

/**
 * Creates the methods of the extension (SEP-2640). A client calls them once it has seen that the server declares the
 * extension; the specification does not have it declare the extension itself.
 */
export function createMethods(
  catalog: () => Catalog,
  { pageSize, ...hint }: MethodSettings,
): Record<string, ExtensionMethod> {
  return {
    'skills/list': {
      allowsUndeclared: true,
      handle: async ({ message }) => {
        const { items, ...next } = page(catalog().uris, message, pageSize)
        const skills = await Promise.all(items.map((uri) => catalog().get(uri)))
        return { skills, ...next, ...hint }
      },
    },
    'skills/get': {
      allowsUndeclared: true,
      handle: async ({ message }) => {
        const uri = readUri(message)
        const skill = await catalog().get(uri)
        if (!skill) throw new InvalidParams(`No skill is served at ${uri}`, { uri })
        return { skill, ...hint }
      },
    },
    'resources/directory/read': {
      allowsUndeclared: true,
      handle: ({ message }) => {
        const uri = readUri(message)
        const children = catalog().list(uri)
        if (!children) throw new InvalidParams(`${uri} is not a directory resource`, { uri })
        const { items, ...next } = page(children, message, pageSize)
        return { resources: items, ...next }
      },
    },
  }
}

type Message = ExtensionRequest['message']

function readUri({ params }: Message): string {
  const uri = params?.uri
  if (typeof uri !== 'string') throw new InvalidParams('params.uri must be a string')
  return uri
}

/** Cuts a page out of a list. A cursor is where the page begins. */
function page<Item>(
  all: readonly Item[],
  { params }: Message,
  size: number,
): { items: Item[]; nextCursor?: string } {
  const { cursor = '0' } = params ?? {}
  const start = typeof cursor === 'string' && /^\d{1,9}$/.test(cursor) ? Number(cursor) : undefined
  if (start === undefined || start > all.length) {
    throw new InvalidParams('params.cursor must be the nextCursor of an earlier page')
  }
  const end = start + size
  return { items: all.slice(start, end), ...(end < all.length && { nextCursor: String(end) }) }
}

import { isObject } from './objects.ts'
import { type OpenApiDocument, resolve } from './openapi-document.ts'
import { callOf, type OperationCall } from './operation-call.ts'

type Json = Record<string, unknown>

/** An operation, as far as it is chosen by. */
export interface OpenApiOperation {
  /** Its `operationId`; undefined where it has none. */
  operationId: string | undefined
  /** HTTP method, in upper case. */
  method: string
  /** Its path, with `{}` around what is filled in. */
  path: string
  /** Its tags. */
  tags: readonly string[]
  /** Its summary. */
  summary: string | undefined
  /** Its description. */
  description: string | undefined
}

/** An operation of a document, and how it is called. */
export interface ReadOperation {
  operation: OpenApiOperation
  call: OperationCall
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch']

const cache = new WeakMap<OpenApiDocument, Map<string, ReadOperation>>()

/** The operations of a document that a filter lets through, without those marked `x-mcp-exclude`. */
export function readOperations(
  document: OpenApiDocument,
  admits: (operation: OpenApiOperation) => boolean,
): ReadOperation[] {
  const known = cache.get(document) ?? new Map<string, ReadOperation>()
  cache.set(document, known)
  return Object.entries(document.paths)
    .filter(([path]) => path.startsWith('/'))
    .flatMap(([path, item]) => methodsOf(document, path, item))
    .filter(({ operation }) => admits(operation))
    .map(({ operation, item, given }) => {
      const key = `${operation.method} ${operation.path}`
      const read = known.get(key) ?? { operation, call: callOf(document, operation.path, item, given) }
      known.set(key, read)
      return read
    })
}

interface Found {
  operation: OpenApiOperation
  item: Json
  given: Json
}

function methodsOf(document: OpenApiDocument, path: string, value: unknown): Found[] {
  const item = resolve(document, value)
  if (item['x-mcp-exclude']) return []
  return METHODS.flatMap((method) => {
    const given = item[method]
    if (!isObject(given) || given['x-mcp-exclude']) return []
    const { operationId, tags, summary = item.summary, description = item.description } = given
    const operation = {
      operationId: text(operationId) || undefined,
      method: method.toUpperCase(),
      path,
      tags: Array.isArray(tags) ? tags.map(String) : [],
      summary: text(summary),
      description: text(description),
    }
    return [{ operation, item, given }]
  })
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

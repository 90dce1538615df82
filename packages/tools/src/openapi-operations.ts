import { isObject } from './objects.ts'
import { type OpenApiDocument, resolve, UnusablePart } from './openapi-document.ts'
import { type OperationCall, readOperationCall } from './operation-call.ts'

type Json = Record<string, unknown>

/** An operation of a document, for options that select or name operations. */
export interface OpenApiOperation {
  /** The `operationId`; undefined if there is none. */
  operationId: string | undefined
  /** The HTTP method in upper case. */
  method: string
  /** The path, with parameters in `{}`. */
  path: string
  /** The tags. */
  tags: readonly string[]
  /** The summary; undefined if there is none. */
  summary: string | undefined
  /** The description; undefined if there is none. */
  description: string | undefined
}

/** An operation, and how it is called. */
export interface ReadOperation {
  operation: OpenApiOperation
  call: OperationCall
  /** Messages about parts of the operation that are left out. */
  notes: readonly string[]
}

/** An operation that no tool is created from, and why. */
export interface SkippedOperation {
  method: string
  path: string
  problem: string
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch']

interface ListedOperation {
  operation: OpenApiOperation
  /** Reads how the operation is called. The result is cached. */
  read(): ReadOperation | SkippedOperation
}

interface OperationList {
  operations: ListedOperation[]
  skipped: SkippedOperation[]
}

const listings = new WeakMap<OpenApiDocument, OperationList>()

/** Lists the operations of a document, except for those marked `x-mcp-exclude`. The result is cached by document. */
export function listOperations(document: OpenApiDocument): OperationList {
  const known = listings.get(document) ?? readOperations(document)
  listings.set(document, known)
  return known
}

function readOperations(document: OpenApiDocument): OperationList {
  const operations: ListedOperation[] = []
  const skipped: SkippedOperation[] = []
  for (const [path, value] of Object.entries(document.paths)) {
    if (!path.startsWith('/')) continue
    try {
      operations.push(...listMethods(document, path, resolve(document, value)))
    } catch (error) {
      skipped.push({ method: '', path, problem: readProblem(error) })
    }
  }
  return { operations, skipped }
}

/** Returns the message of an `UnusablePart`. Other errors are thrown again. */
function readProblem(error: unknown): string {
  if (error instanceof UnusablePart) return error.message
  throw error
}

function listMethods(document: OpenApiDocument, path: string, item: Json): ListedOperation[] {
  if (item['x-mcp-exclude']) return []
  return METHODS.flatMap((method) => {
    const given = item[method]
    if (!isObject(given) || given['x-mcp-exclude']) return []
    const { operationId, tags, summary = item.summary, description = item.description } = given
    const operation = {
      operationId: text(operationId) || undefined,
      method: method.toUpperCase(),
      path,
      tags: Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [],
      summary: text(summary),
      description: text(description),
    }
    let known: ReadOperation | SkippedOperation | undefined
    const read = (): ReadOperation | SkippedOperation => {
      known ??= readOperation(document, operation, item, given)
      return known
    }
    return [{ operation, read }]
  })
}

function readOperation(
  document: OpenApiDocument,
  operation: OpenApiOperation,
  item: Json,
  given: Json,
): ReadOperation | SkippedOperation {
  const notes = new Set<string>()
  try {
    const call = readOperationCall(document, operation.path, item, given, (note) => notes.add(note))
    return { operation, call, notes: [...notes] }
  } catch (error) {
    return { method: operation.method, path: operation.path, problem: readProblem(error) }
  }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

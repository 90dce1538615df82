import { isObject } from './objects.ts'
import { type OpenApiDocument, resolve, UnusablePart } from './openapi-document.ts'
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
  /** What was left out of it, in words. */
  notes: readonly string[]
}

/** What a part of a document is, and why no tool was made of it. */
export interface SkippedOperation {
  method: string
  path: string
  problem: string
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch']

interface Found {
  operation: OpenApiOperation
  /** Reads how it is called, once. */
  read(): ReadOperation | SkippedOperation
}

interface Listed {
  operations: Found[]
  skipped: SkippedOperation[]
}

const listings = new WeakMap<OpenApiDocument, Listed>()

/** The operations of a document, once a document, without those marked `x-mcp-exclude`. */
export function operationsOf(document: OpenApiDocument): Listed {
  const known = listings.get(document) ?? listOperations(document)
  listings.set(document, known)
  return known
}

function listOperations(document: OpenApiDocument): Listed {
  const operations: Found[] = []
  const skipped: SkippedOperation[] = []
  for (const [path, value] of Object.entries(document.paths)) {
    if (!path.startsWith('/')) continue
    try {
      operations.push(...methodsOf(document, path, resolve(document, value)))
    } catch (error) {
      skipped.push({ method: '', path, problem: problemOf(error) })
    }
  }
  return { operations, skipped }
}

/** @throws whatever is no fault of the document */
function problemOf(error: unknown): string {
  if (error instanceof UnusablePart) return error.message
  throw error
}

function methodsOf(document: OpenApiDocument, path: string, item: Json): Found[] {
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
    const call = callOf(document, operation.path, item, given, (note) => notes.add(note))
    return { operation, call, notes: [...notes] }
  } catch (error) {
    return { method: operation.method, path: operation.path, problem: problemOf(error) }
  }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

import type { ToolAnnotations } from '@modelcontextprotocol/sdk/types.js'
import { argumentsSchema } from './openapi-arguments.ts'
import type { OpenApiDocument } from './openapi-document.ts'
import { type OpenApiOperation, operationsOf, type ReadOperation } from './openapi-operations.ts'

/** Which operations: ids, or a method and a path such as `GET /pets`; or a function that decides. */
export type OperationFilter = readonly string[] | ((operation: OpenApiOperation) => boolean)

/** A tool that is made of an operation. */
export interface PlannedTool {
  name: string
  config: {
    title: string | undefined
    description: string
    inputSchema: ReturnType<typeof argumentsSchema>
    annotations: ToolAnnotations
  }
  read: ReadOperation
}

/** What decides which tools there are. */
export interface PlanOptions {
  include?: OperationFilter | undefined
  exclude?: OperationFilter | undefined
  toolName?: ((operation: OpenApiOperation) => string) | undefined
  validateArguments?: boolean | undefined
}

const plans = new WeakMap<OpenApiDocument, Map<string, PlannedTool[]>>()

/** The tools of a document. Without functions that choose or name, they are the same for every server. */
export function planTools(
  document: OpenApiDocument,
  options: PlanOptions,
  report: (problem: string) => void,
): PlannedTool[] {
  const { include, exclude, toolName, validateArguments = true } = options
  if (toolName ?? [include, exclude].some((filter) => typeof filter === 'function')) {
    return plan(document, options, report)
  }
  const key = JSON.stringify([include, exclude, validateArguments])
  const known = plans.get(document) ?? new Map<string, PlannedTool[]>()
  plans.set(document, known)
  const planned = known.get(key) ?? plan(document, options, report)
  known.set(key, planned)
  return planned
}

function plan(
  document: OpenApiDocument,
  options: PlanOptions,
  report: (problem: string) => void,
): PlannedTool[] {
  const { include = () => true, exclude = [], toolName = idOf, validateArguments = true } = options
  const { operations, skipped } = operationsOf(document)
  for (const { path, problem } of skipped) report(`${path} is left out: ${problem}`)
  const taken = new Set<string>()
  return operations.flatMap(({ operation, read: readOperation }): PlannedTool[] => {
    if (!chosen(include, operation) || chosen(exclude, operation)) return []
    const place = `${operation.method} ${operation.path}`
    const read = readOperation()
    if ('problem' in read) {
      report(`${place} is left out: ${read.problem}`)
      return []
    }
    for (const note of read.notes) report(`${place}: ${note}`)
    const name = freeName(toolNameOf(toolName(operation)), taken)
    taken.add(name)
    return [{ name, config: configOf(read, validateArguments), read }]
  })
}

function configOf(read: ReadOperation, isChecked: boolean): PlannedTool['config'] {
  const { operation } = read
  return {
    title: operation.summary,
    description: operation.description ?? operation.summary ?? `${operation.method} ${operation.path}`,
    inputSchema: argumentsSchema(read, isChecked),
    annotations: hintsOf(operation),
  }
}

function chosen(filter: OperationFilter, operation: OpenApiOperation): boolean {
  if (typeof filter === 'function') return filter(operation)
  const { operationId, method, path } = operation
  return filter.includes(`${method} ${path}`) || (operationId !== undefined && filter.includes(operationId))
}

const idOf = ({ operationId, method, path }: OpenApiOperation): string =>
  operationId ?? `${method.toLowerCase()}${path.replace(/[{}]/g, '')}`

const LONGEST_NAME = 128

// MCP 2025-11-25, "Tool Names"
const toolNameOf = (text: string): string =>
  text
    .replace(/[^\w.-]+/g, '_')
    .replace(/_{1,16}$/, '')
    .slice(0, LONGEST_NAME) || 'operation'

function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name
  for (let n = 2; taken.has(free); n++) free = `${name.slice(0, LONGEST_NAME - 8)}_${n}`
  return free
}

// RFC 9110 §9.2
const hintsOf = ({ method }: OpenApiOperation): ToolAnnotations => ({
  readOnlyHint: ['GET', 'HEAD', 'OPTIONS'].includes(method),
  idempotentHint: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'].includes(method),
  destructiveHint: ['PUT', 'PATCH', 'DELETE'].includes(method),
  openWorldHint: true,
})

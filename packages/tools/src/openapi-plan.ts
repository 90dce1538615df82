import type { ToolAnnotations } from '@modelcontextprotocol/sdk/types.js'
import { getArgumentsSchema } from './openapi-arguments.ts'
import type { OpenApiDocument } from './openapi-document.ts'
import { listOperations, type OpenApiOperation, type ReadOperation } from './openapi-operations.ts'

/** Selects operations: a list of ids, or of a method and a path such as `GET /pets`; or a function. */
export type OperationFilter = readonly string[] | ((operation: OpenApiOperation) => boolean)

/** A tool for an operation. */
export interface PlannedTool {
  name: string
  config: {
    title: string | undefined
    description: string
    inputSchema: ReturnType<typeof getArgumentsSchema>
    annotations: ToolAnnotations
  }
  read: ReadOperation
}

/** Options of {@link planTools}. */
export interface PlanOptions {
  include?: OperationFilter | undefined
  exclude?: OperationFilter | undefined
  toolName?: ((operation: OpenApiOperation) => string) | undefined
  validateArguments?: boolean | undefined
}

const plans = new WeakMap<OpenApiDocument, Map<string, PlannedTool[]>>()

/** Plans the tools of a document. The plan is cached, unless functions select or name the operations. */
export function planTools(
  document: OpenApiDocument,
  options: PlanOptions,
  report: (problem: string) => void,
): PlannedTool[] {
  const { include, exclude, toolName, validateArguments = true } = options
  if (toolName ?? [include, exclude].some((filter) => typeof filter === 'function')) {
    return createPlan(document, options, report)
  }
  const key = JSON.stringify([include, exclude, validateArguments])
  const known = plans.get(document) ?? new Map<string, PlannedTool[]>()
  plans.set(document, known)
  const planned = known.get(key) ?? createPlan(document, options, report)
  known.set(key, planned)
  return planned
}

function createPlan(
  document: OpenApiDocument,
  options: PlanOptions,
  report: (problem: string) => void,
): PlannedTool[] {
  const { include = () => true, exclude = [], toolName = buildName, validateArguments = true } = options
  const { operations, skipped } = listOperations(document)
  for (const { path, problem } of skipped) report(`${path} is left out: ${problem}`)
  const taken = new Set<string>()
  return operations.flatMap(({ operation, read: readOperation }): PlannedTool[] => {
    if (!matchesFilter(include, operation) || matchesFilter(exclude, operation)) return []
    const place = `${operation.method} ${operation.path}`
    const read = readOperation()
    if ('problem' in read) {
      report(`${place} is left out: ${read.problem}`)
      return []
    }
    for (const note of read.notes) report(`${place}: ${note}`)
    const name = findFreeName(toToolName(toolName(operation)), taken)
    taken.add(name)
    return [{ name, config: buildConfig(read, validateArguments), read }]
  })
}

function buildConfig(read: ReadOperation, isChecked: boolean): PlannedTool['config'] {
  const { operation } = read
  return {
    title: operation.summary,
    description: operation.description ?? operation.summary ?? `${operation.method} ${operation.path}`,
    inputSchema: getArgumentsSchema(read, isChecked),
    annotations: buildHints(operation),
  }
}

function matchesFilter(filter: OperationFilter, operation: OpenApiOperation): boolean {
  if (typeof filter === 'function') return filter(operation)
  const { operationId, method, path } = operation
  return filter.includes(`${method} ${path}`) || (operationId !== undefined && filter.includes(operationId))
}

const buildName = ({ operationId, method, path }: OpenApiOperation): string =>
  operationId ?? `${method.toLowerCase()}${path.replace(/[{}]/g, '')}`

const MAX_NAME_LENGTH = 128

// MCP 2025-11-25, "Tool Names"
const toToolName = (text: string): string =>
  text
    .replace(/[^\w.-]+/g, '_')
    .replace(/_{1,16}$/, '')
    .slice(0, MAX_NAME_LENGTH) || 'operation'

function findFreeName(name: string, taken: ReadonlySet<string>): string {
  let free = name
  for (let n = 2; taken.has(free); n++) free = `${name.slice(0, MAX_NAME_LENGTH - 8)}_${n}`
  return free
}

// RFC 9110 §9.2
const buildHints = ({ method }: OpenApiOperation): ToolAnnotations => ({
  readOnlyHint: ['GET', 'HEAD', 'OPTIONS'].includes(method),
  idempotentHint: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'].includes(method),
  destructiveHint: ['PUT', 'PATCH', 'DELETE'].includes(method),
  openWorldHint: true,
})

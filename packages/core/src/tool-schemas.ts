import type { AnySchema, ZodRawShapeCompat } from '@modelcontextprotocol/sdk/server/zod-compat.js'
import type { Tool } from '@modelcontextprotocol/sdk/types.js'
import { cached } from './cached.ts'
import { isObject } from './json-rpc.ts'
import { normalizeObjectSchema, objectFromShape, toJsonSchemaCompat } from './sdk.ts'

export type JsonSchema = Tool['inputSchema']

/** What a tool says of itself, as the SDK keeps it. */
export interface ToolConfig
  extends Pick<Tool, 'title' | 'description' | 'annotations' | 'execution' | '_meta'> {
  inputSchema?: AnySchema | undefined
  outputSchema?: AnySchema | undefined
}

/** A tool as `tools/list` shows it. */
export function describeTool(name: string, tool: ToolConfig): Tool {
  const { title, description, annotations, execution, _meta } = tool
  const outputSchema = jsonOf(tool.outputSchema, 'output')
  return {
    name,
    title,
    description,
    inputSchema: inputJson(tool),
    outputSchema,
    annotations,
    execution,
    _meta,
  }
}

const NO_ARGUMENTS: JsonSchema = { type: 'object', properties: {} }

/** The JSON Schema of a tool's arguments. */
export const inputJson = ({ inputSchema }: ToolConfig): JsonSchema =>
  jsonOf(inputSchema, 'input') ?? NO_ARGUMENTS

const converted = { input: new WeakMap<object, JsonSchema>(), output: new WeakMap<object, JsonSchema>() }

function jsonOf(schema: AnySchema | undefined, pipeStrategy: keyof typeof converted): JsonSchema | undefined {
  const object = normalizeObjectSchema(schema)
  const convert = (): JsonSchema =>
    toJsonSchemaCompat(object as AnySchema as never, { strictUnions: true, pipeStrategy }) as JsonSchema
  return object && cached(converted[pipeStrategy], object, convert)
}

const objects = new WeakMap<object, unknown>()

/** The schema of a raw shape, one for as long as the shape lives; anything else as it is. */
export function lasting(schema: unknown): unknown {
  return isRawShape(schema) ? cached(objects, schema, () => objectFromShape(schema)) : schema
}

/** Whether it is an object of schemas. */
export const isRawShape = (schema: unknown): schema is ZodRawShapeCompat =>
  isObject(schema) && !isZodSchema(schema) && everyMember(schema, isZodSchema)

// without a list of them
function everyMember(object: Record<string, unknown>, is: (member: unknown) => boolean): boolean {
  for (const name in object) if (!is(object[name])) return false
  return true
}

const isZodSchema = (value: unknown): boolean =>
  isObject(value) && (value._zod !== undefined || value._def !== undefined)

/** Whether the SDK takes it for a schema without a word. */
export const isToolSchema = (schema: unknown): boolean =>
  schema === undefined || isZodSchema(schema) || isRawShape(schema)

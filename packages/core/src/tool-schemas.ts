import type { AnySchema, ZodRawShapeCompat } from '@modelcontextprotocol/sdk/server/zod-compat.js'
import type { Tool } from '@modelcontextprotocol/sdk/types.js'
import { isObject } from './json-rpc.ts'
import { getObjectShape, normalizeObjectSchema, objectFromShape, toJsonSchemaCompat } from './sdk.ts'

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
    annotations,
    execution,
    _meta,
    outputSchema,
  }
}

const NO_ARGUMENTS: JsonSchema = { type: 'object', properties: {} }

/** The JSON Schema of a tool's arguments. */
export const inputJson = ({ inputSchema }: ToolConfig): JsonSchema =>
  jsonOf(inputSchema, 'input') ?? NO_ARGUMENTS

const converted = {
  input: new WeakMap<object, Kept<JsonSchema>>(),
  output: new WeakMap<object, Kept<JsonSchema>>(),
}

function jsonOf(schema: AnySchema | undefined, pipeStrategy: keyof typeof converted): JsonSchema | undefined {
  const object = normalizeObjectSchema(schema)
  const convert = (): JsonSchema =>
    toJsonSchemaCompat(object as AnySchema as never, { strictUnions: true, pipeStrategy }) as JsonSchema
  return object && keptFor(converted[pipeStrategy], object, getObjectShape(object) ?? {}, convert)
}

const objects = new WeakMap<object, Kept<unknown>>()

/** The schema of a raw shape, one for as long as the shape lives and stays as it is; anything else as it is. */
export function lasting(schema: unknown): unknown {
  return isRawShape(schema) ? keptFor(objects, schema, schema, () => objectFromShape(schema)) : schema
}

/** What was made of a shape, and the members that the shape had. */
interface Kept<Value> {
  members: [name: string, value: unknown][]
  value: Value
}

/** What a cache holds for a key, made again where the members of the shape are no longer the same. */
function keptFor<Value>(
  cache: WeakMap<object, Kept<Value>>,
  key: object,
  shape: object,
  make: () => Value,
): Value {
  const known = cache.get(key)
  if (known && hasMembers(shape, known.members)) return known.value
  const value = make()
  cache.set(key, { members: membersOf(shape), value })
  return value
}

// what a getter returns may be new each time, so the getter itself counts
const membersOf = (shape: object): [string, unknown][] =>
  Object.entries(Object.getOwnPropertyDescriptors(shape)).map(([name, { get, value }]) => [
    name,
    get ?? value,
  ])

function hasMembers(shape: object, members: [string, unknown][]): boolean {
  let count = 0
  for (const name in shape) {
    const member = members[count++]
    if (member?.[0] !== name) return false
    const value = (shape as Record<string, unknown>)[name]
    if (value !== member[1] && Object.getOwnPropertyDescriptor(shape, name)?.get !== member[1]) return false
  }
  return count === members.length
}

/** Whether it is an object of schemas, all of one version of zod: the SDK refuses a mixture. */
export const isRawShape = (schema: unknown): schema is ZodRawShapeCompat =>
  isObject(schema) && !isZodSchema(schema) && (everyMember(schema, isZod4) || everyMember(schema, isZod3))

// without a list of them
function everyMember(object: Record<string, unknown>, is: (member: unknown) => boolean): boolean {
  for (const name in object) if (!is(object[name])) return false
  return true
}

const isZod4 = (value: unknown): boolean => isObject(value) && value._zod !== undefined

const isZod3 = (value: unknown): boolean =>
  isObject(value) && value._def !== undefined && value._zod === undefined

const isZodSchema = (value: unknown): boolean => isZod4(value) || isZod3(value)

/** Whether the SDK takes it for a schema without a word. */
export const isToolSchema = (schema: unknown): boolean =>
  schema === undefined || isZodSchema(schema) || isRawShape(schema)

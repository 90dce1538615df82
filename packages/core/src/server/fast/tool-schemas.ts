import type { AnySchema, ZodRawShapeCompat } from '@modelcontextprotocol/sdk/server/zod-compat.js'
import type { Tool } from '@modelcontextprotocol/sdk/types.js'
import {
  getObjectShape,
  normalizeObjectSchema,
  objectFromShape,
  safeParse,
  safeParseAsync,
  toJsonSchemaCompat,
} from '../../protocol/sdk.ts'
import { isObject, isPromise, type MaybePromise } from '../../utils/type-guards.ts'

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
  const outputSchema = toJsonSchemaOnce(tool.outputSchema, 'output')
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
  toJsonSchemaOnce(inputSchema, 'input') ?? NO_ARGUMENTS

const converted = {
  input: new WeakMap<object, Kept<JsonSchema>>(),
  output: new WeakMap<object, Kept<JsonSchema>>(),
}

function toJsonSchemaOnce(
  schema: AnySchema | undefined,
  pipeStrategy: keyof typeof converted,
): JsonSchema | undefined {
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
  cache.set(key, { members: listMembers(shape), value })
  return value
}

// what a getter returns may be new each time, so the getter itself counts
const listMembers = (shape: object): [string, unknown][] =>
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
export function isRawShape(schema: unknown): schema is ZodRawShapeCompat {
  if (!isObject(schema) || readZodVersion(schema)) return false
  let version: number | undefined
  // without a list of them
  for (const name in schema) {
    const found = readZodVersion(schema[name])
    version ??= found
    if (found === 0 || found !== version) return false
  }
  return true
}

/** Of which zod a schema is, 3 or 4; 0 for what is no schema. */
function readZodVersion(value: unknown): number {
  if (!isObject(value)) return 0
  if (value._zod !== undefined) return 4
  return value._def === undefined ? 0 : 3
}

/** Whether the SDK takes it for a schema without a word. */
export const isToolSchema = (schema: unknown): boolean => readZodVersion(schema) > 0 || isRawShape(schema)

/** A value as its schema has it, or why it does not fit. */
export type Parsed = { data: unknown } | { error: unknown }

/** Parses by a schema, once. A promise only where the schema makes one; throws what the schema throws. */
export function parse(schema: AnySchema, value: unknown): MaybePromise<Parsed> {
  if (!isZod4(schema)) return safeParseAsync(schema, value)
  const result = schema._zod.run({ value, issues: [] }, { async: true })
  return isPromise(result) ? result.then(parsed) : parsed(result)
}

type Zod4 = Extract<AnySchema, { _zod: unknown }>

type Payload = ReturnType<Zod4['_zod']['run']> & { value: unknown; issues: unknown[] }

// the SDK's zod makes the error of a result that is there already: parsed again, a schema may decide otherwise
const parsed = (payload: Payload): Parsed =>
  payload.issues.length === 0
    ? { data: payload.value }
    : safeParse({ _zod: { run: () => payload } } as never, undefined)

const isZod4 = (schema: AnySchema): schema is Zod4 => '_zod' in schema

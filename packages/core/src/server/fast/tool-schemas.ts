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

/** The description of a tool, as the SDK stores it. */
export interface ToolConfig
  extends Pick<Tool, 'title' | 'description' | 'annotations' | 'execution' | '_meta'> {
  inputSchema?: AnySchema | undefined
  outputSchema?: AnySchema | undefined
}

/** Describes a tool as `tools/list` shows it. */
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
  return object && readOrCreate(converted[pipeStrategy], object, getObjectShape(object) ?? {}, convert)
}

const objects = new WeakMap<object, Kept<unknown>>()

/** Converts a raw shape to a schema, once for as long as the shape lives unchanged; returns any other value unchanged. */
export function toLastingSchema(schema: unknown): unknown {
  return isRawShape(schema) ? readOrCreate(objects, schema, schema, () => objectFromShape(schema)) : schema
}

/** A value that was created from a shape, and the members that the shape had then. */
interface Kept<Value> {
  members: [name: string, value: unknown][]
  value: Value
}

/** Reads a cache; the value is created again if the members of the shape have changed. */
function readOrCreate<Value>(
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

// A getter may return a new value each time, so the getter itself is compared.
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
  // `for…in` creates no array of the members.
  for (const name in schema) {
    const found = readZodVersion(schema[name])
    version ??= found
    if (found === 0 || found !== version) return false
  }
  return true
}

/** Returns the version of zod that a schema belongs to, 3 or 4; 0 if the value is not a schema. */
function readZodVersion(value: unknown): number {
  if (!isObject(value)) return 0
  if (value._zod !== undefined) return 4
  return value._def === undefined ? 0 : 3
}

/** Whether the SDK accepts the value as a schema without a warning. */
export const isToolSchema = (schema: unknown): boolean => readZodVersion(schema) > 0 || isRawShape(schema)

/** A parsed value, or the error of a value that its schema does not allow. */
export type Parsed = { data: unknown } | { error: unknown }

/** Parses a value once. It returns a promise only if the schema does, and throws what the schema throws. */
export function parse(schema: AnySchema, value: unknown): MaybePromise<Parsed> {
  if (!isZod4(schema)) return safeParseAsync(schema, value)
  const result = schema._zod.run({ value, issues: [] }, { async: true })
  return isPromise(result) ? result.then(parsed) : parsed(result)
}

type Zod4 = Extract<AnySchema, { _zod: unknown }>

type Payload = ReturnType<Zod4['_zod']['run']> & { value: unknown; issues: unknown[] }

// The error is created from the issues of the first result, since a schema may decide otherwise if it parses again.
const parsed = (payload: Payload): Parsed =>
  payload.issues.length === 0
    ? { data: payload.value }
    : safeParse({ _zod: { run: () => payload } } as never, undefined)

const isZod4 = (schema: AnySchema): schema is Zod4 => '_zod' in schema

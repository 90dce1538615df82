import {
  type AnySchema,
  getObjectShape,
  getParseErrorMessage,
  normalizeObjectSchema,
  objectFromShape,
  safeParseAsync,
} from '@modelcontextprotocol/sdk/server/zod-compat.js'
import { toJsonSchemaCompat } from '@modelcontextprotocol/sdk/server/zod-json-schema-compat.js'
import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import type { Shape } from './gated-tool.ts'
import { listAs } from './listed-schema.ts'

/** The arguments of a tool, which are validated after the caller has been checked. */
export interface ToolArguments {
  /** A schema that accepts everything, and is listed as the schema of the tool. */
  listed: z.ZodObject
  /** Validates arguments. @throws McpError like the SDK if they do not match the schema. */
  read(tool: string, given: unknown): Promise<Record<string, unknown>>
  /** Whether the schema declares an argument. */
  declares(name: string): boolean
}

const cache = new WeakMap<Shape, ToolArguments>()

/** Reads the arguments of a tool from its schema. The result is cached by schema. */
export function getToolArguments(given: Shape): ToolArguments {
  const found = cache.get(given) ?? readSchema(given)
  cache.set(given, found)
  return found
}

function readSchema(given: Shape): ToolArguments {
  const schema = isSchema(given) ? given : objectFromShape(given)
  // A union, for example, is listed as an object without properties.
  const object = normalizeObjectSchema(schema)
  const shape = object && getObjectShape(object)
  const json = (): Record<string, unknown> =>
    object
      ? toJsonSchemaCompat(object, { strictUnions: true, pipeStrategy: 'input' })
      : { type: 'object', properties: {} }
  return {
    listed: listAs(z.looseObject({}), json),
    declares: (name) => shape !== undefined && Object.hasOwn(shape, name),
    async read(tool, given) {
      const parsed = await safeParseAsync(schema, given)
      if (parsed.success) return parsed.data as Record<string, unknown>
      const reason = getParseErrorMessage(parsed.error)
      throw new McpError(
        ErrorCode.InvalidParams,
        `Input validation error: Invalid arguments for tool ${tool}: ${reason}`,
      )
    },
  }
}

const isSchema = (shape: Shape): shape is AnySchema => '_zod' in shape || '_def' in shape

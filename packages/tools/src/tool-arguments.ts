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
import { listedAs } from './listed-schema.ts'

/** The arguments of a tool that is asked about them late. */
export interface ToolArguments {
  /** Listed as their schema, and lets everything through. */
  listed: z.ZodObject
  /** @throws McpError as the SDK does, for arguments that do not fit */
  read(tool: string, given: unknown): Promise<Record<string, unknown>>
  /** Whether the schema declares an argument. */
  declares(name: string): boolean
}

const known = new WeakMap<Shape, ToolArguments>()

/** What a schema says of arguments, once a schema. */
export function argumentsOf(given: Shape): ToolArguments {
  const found = known.get(given) ?? lookAt(given)
  known.set(given, found)
  return found
}

function lookAt(given: Shape): ToolArguments {
  const schema = isSchema(given) ? given : objectFromShape(given)
  // one of a union, say, is listed as any object
  const object = normalizeObjectSchema(schema)
  const shape = object && getObjectShape(object)
  const json = (): Record<string, unknown> =>
    object
      ? toJsonSchemaCompat(object, { strictUnions: true, pipeStrategy: 'input' })
      : { type: 'object', properties: {} }
  return {
    listed: listedAs(z.looseObject({}), json),
    declares: (name) => shape !== undefined && Object.hasOwn(shape, name),
    async read(tool, given) {
      const parsed = await safeParseAsync(schema, given)
      if (parsed.success) return parsed.data as Record<string, unknown>
      const why = getParseErrorMessage(parsed.error)
      throw new McpError(
        ErrorCode.InvalidParams,
        `Input validation error: Invalid arguments for tool ${tool}: ${why}`,
      )
    },
  }
}

const isSchema = (shape: Shape): shape is AnySchema => '_zod' in shape || '_def' in shape

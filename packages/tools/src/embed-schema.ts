import { toRegExp } from '@portico-mcp/core/json-schema'
import { isObject } from './objects.ts'
import type { OpenApiDocument } from './openapi-document.ts'
import { findOwner, listOwnedNames } from './property-owner.ts'
import { sanitizeSchema } from './sanitize-schema.ts'

/** Reports that a keyword of a schema is left out, and why. */
export type Report = (problem: string) => void

/** The context of {@link embedSchema}. */
export interface EmbedContext {
  document: OpenApiDocument
  report: Report
  /** Returns the reference to a definition in the written schema. */
  refer(pointer: string): string
}

const SCHEMA_KEYWORDS = new Set([
  'items',
  'additionalItems',
  'additionalProperties',
  'contains',
  'propertyNames',
  'not',
  'if',
  'then',
  'else',
  'unevaluatedItems',
  'unevaluatedProperties',
])
const LIST_KEYWORDS = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems'])
const MAP_KEYWORDS = new Set(['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions'])

/** A schema that no value matches. */
const NOTHING = { not: {} }

/**
 * Converts a schema of a document to JSON Schema 2020-12, for requests: properties that the caller does not fill in are left
 * out.
 *
 * @param owned - Names of such properties in schemas that apply to the same value.
 */
export function embedSchema(
  value: unknown,
  context: EmbedContext,
  owned: ReadonlySet<string> = new Set(),
): unknown {
  if (!isObject(value)) return typeof value === 'boolean' ? value : {}
  const { document, report, refer } = context
  const names = listOwnedNames(document, value, owned)
  const written = Object.entries(value).flatMap(([key, member]): [string, unknown][] => {
    if (key === '$ref') return typeof member === 'string' ? [[key, refer(member)]] : []
    if (key === 'required') return writeRequired(member, names)
    if (SCHEMA_KEYWORDS.has(key)) return [[key, embedSchema(member, context)]]
    if (LIST_KEYWORDS.has(key)) return writeList(key, member, context, names)
    if (MAP_KEYWORDS.has(key)) return writeMap(key, member, context)
    if (key === 'pattern' && !toRegExp(member)) {
      report(
        `the pattern ${String(member).slice(0, 200)} does not compile with the flag u, and is not checked`,
      )
      return []
    }
    return [[key, member]]
  })
  return sanitizeSchema(Object.fromEntries(written), report)
}

function writeRequired(member: unknown, owned: ReadonlySet<string>): [string, unknown][] {
  // In draft-03, `required` is a boolean of the property itself.
  if (!Array.isArray(member)) return []
  const required = member.filter((name) => typeof name === 'string' && !owned.has(name))
  return required.length > 0 ? [['required', required]] : []
}

function writeList(
  key: string,
  member: unknown,
  context: EmbedContext,
  owned: ReadonlySet<string>,
): [string, unknown][] {
  if (!Array.isArray(member) || member.length === 0) return []
  const isInPlace = key !== 'prefixItems'
  return [[key, member.map((one) => embedSchema(one, context, isInPlace ? owned : undefined))]]
}

function writeMap(key: string, member: unknown, context: EmbedContext): [string, unknown][] {
  if (!isObject(member)) return []
  const entries = Object.entries(member).flatMap(([name, one]): [string, unknown][] => {
    if (key === 'patternProperties' && !toRegExp(name)) {
      context.report(`the pattern ${name.slice(0, 200)} does not compile with the flag u, and is not checked`)
      return []
    }
    const owner = key === 'properties' ? findOwner(context.document, one) : 'caller'
    if (owner === 'api') return []
    return [[name, owner === 'server' ? NOTHING : embedSchema(one, context)]]
  })
  return [[key, Object.fromEntries(entries)]]
}

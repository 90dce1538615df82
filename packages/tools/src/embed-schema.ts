import { toRegExp } from '@portico-mcp/core/json-schema'
import { isObject } from './objects.ts'
import type { OpenApiDocument } from './openapi-document.ts'
import { fillsIn, ownedNames } from './openapi-owned.ts'
import { sanitize } from './sanitize-schema.ts'

/** Says that a keyword of a schema was left out, and why. */
export type Report = (problem: string) => void

/** What a schema is written with. */
export interface EmbedContext {
  document: OpenApiDocument
  report: Report
  /** The place of a definition in the written schema. */
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

/** What no value fits. */
const NOTHING = { not: {} }

/** A schema of a document as JSON Schema 2020-12, for requests. */
export function embedSchema(
  value: unknown,
  context: EmbedContext,
  owned: ReadonlySet<string> = new Set(),
): unknown {
  if (!isObject(value)) return typeof value === 'boolean' ? value : {}
  const { document, report, refer } = context
  const names = ownedNames(document, value, owned)
  const written = Object.entries(value).flatMap(([key, member]): [string, unknown][] => {
    if (key === '$ref') return typeof member === 'string' ? [[key, refer(member)]] : []
    if (key === 'required') return requiredOf(member, names)
    if (SCHEMA_KEYWORDS.has(key)) return [[key, embedSchema(member, context)]]
    if (LIST_KEYWORDS.has(key)) return listOf(key, member, context, names)
    if (MAP_KEYWORDS.has(key)) return mapOf(key, member, context)
    if (key === 'pattern' && !toRegExp(member)) {
      report(
        `the pattern ${String(member).slice(0, 200)} does not compile with the flag u, and is not checked`,
      )
      return []
    }
    return [[key, member]]
  })
  return sanitize(Object.fromEntries(written), report)
}

function requiredOf(member: unknown, owned: ReadonlySet<string>): [string, unknown][] {
  // draft-03 marked the property itself
  if (!Array.isArray(member)) return []
  const left = member.filter((name) => typeof name === 'string' && !owned.has(name))
  return left.length > 0 ? [['required', left]] : []
}

function listOf(
  key: string,
  member: unknown,
  context: EmbedContext,
  owned: ReadonlySet<string>,
): [string, unknown][] {
  if (!Array.isArray(member) || member.length === 0) return []
  const isInPlace = key !== 'prefixItems'
  return [[key, member.map((one) => embedSchema(one, context, isInPlace ? owned : undefined))]]
}

function mapOf(key: string, member: unknown, context: EmbedContext): [string, unknown][] {
  if (!isObject(member)) return []
  const entries = Object.entries(member).flatMap(([name, one]): [string, unknown][] => {
    if (key === 'patternProperties' && !toRegExp(name)) {
      context.report(`the pattern ${name.slice(0, 200)} does not compile with the flag u, and is not checked`)
      return []
    }
    const who = key === 'properties' ? fillsIn(context.document, one) : 'caller'
    if (who === 'api') return []
    return [[name, who === 'server' ? NOTHING : embedSchema(one, context)]]
  })
  return [[key, Object.fromEntries(entries)]]
}

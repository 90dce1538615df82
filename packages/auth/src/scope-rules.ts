import { optionRules, type Rule, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { checkScopeNames } from './challenge.ts'

/** The operation that a request asks for, as far as scopes are concerned. */
export interface Operation {
  /** What the operation is applied to. */
  type: 'tool' | 'prompt' | 'resource'
  /** The name of the tool or prompt, or the URI (or template) of the resource. */
  name: string
}

/** Scopes by pattern. `*` stands for any text. */
export type ScopePatterns = Readonly<Record<string, readonly string[]>>

/** The scopes of tools, prompts and resources. */
export interface ScopeTable {
  /** Scopes by tool name. */
  tools?: ScopePatterns | undefined
  /** Scopes by prompt name. */
  prompts?: ScopePatterns | undefined
  /** Scopes by resource URI, and by the text of resource templates. */
  resources?: ScopePatterns | undefined
}

/** The scopes that operations require. Lists, calls and challenges all use the same rules. */
export interface ScopeRules {
  /** Returns all scopes that an operation requires. */
  required(operation: Operation): readonly string[]
}

const patterns: Rule = {
  allowed: 'an object with a list of scopes for each pattern',
  isAllowed: (value) =>
    optionRules.plainObject.isAllowed(value) &&
    Object.values(value as object).every(optionRules.texts.isAllowed),
  error: TypeError,
}

const TABLE_RULES: Rules<keyof ScopeTable> = { tools: patterns, prompts: patterns, resources: patterns }

/**
 * Declares which scopes tools, prompts and resources require. If several patterns match a name, all of their scopes are
 * required. If no pattern matches, only `requiredScopes` of `withAuth` apply.
 *
 * @param rules - A table of patterns, or a function that returns the scopes of an operation.
 * @throws TypeError if a member of the table is unknown, or if a scope is malformed.
 *
 * @example
 * ```ts
 * import { scopes } from '@portico-mcp/auth'
 *
 * // for the option `scopes` of `withAuth`
 * export const rules = scopes({
 *   tools: { 'purge-*': ['notes:write'] },
 *   resources: { 'note://secret/*': ['notes:admin'] },
 * })
 * ```
 */
export function scopes(
  rules: ScopeTable | ((operation: Operation) => readonly string[] | undefined),
): ScopeRules {
  const read = typeof rules === 'function' ? rules : readTable(rules)
  return {
    required: ({ type, name }) => [
      ...new Set(
        (type === 'resource' ? listSpellings(name) : [name]).flatMap((name) => read({ type, name }) ?? []),
      ),
    ],
  }
}

function readTable(table: ScopeTable): (operation: Operation) => readonly string[] {
  validateOptions('scopes', table, TABLE_RULES)
  const compiled = {
    tool: compilePatterns('tools', table.tools),
    prompt: compilePatterns('prompts', table.prompts),
    resource: compilePatterns('resources', table.resources),
  }
  return ({ type, name }) => compiled[type].flatMap(({ matches, scopes }) => (matches(name) ? scopes : []))
}

interface Pattern {
  matches: (name: string) => boolean
  scopes: readonly string[]
}

const compilePatterns = (member: keyof ScopeTable, patterns: ScopePatterns = {}): Pattern[] =>
  Object.entries(patterns).map(([pattern, scopes]) => {
    checkScopeNames(scopes, `scopes: ${member}[${JSON.stringify(pattern)}]`)
    return { matches: compilePattern(pattern), scopes }
  })

function compilePattern(pattern: string): (name: string) => boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return (name) => name === pattern
  return (name) => {
    if (!name.startsWith(first) || !name.endsWith(last)) return false
    let from = first.length
    for (const part of rest) {
      const found = name.indexOf(part, from)
      if (found < 0) return false
      from = found + part.length
    }
    return from <= name.length - last.length
  }
}

// Servers look a resource up by its normalized URI, and decode percent-encoded parts.
function listSpellings(uri: string): string[] {
  const decoded = decode(uri)
  return [...new Set([uri, normalize(uri), decoded, decode(normalize(uri)), normalize(decoded)])]
}

const normalize = (uri: string): string => (URL.canParse(uri) ? new URL(uri).href : uri)

// Each run of escapes is decoded by itself, so a malformed escape does not keep the others from being decoded.
const decode = (uri: string): string =>
  uri.replace(/(?:%[\da-f]{2})+/gi, (escapes) => decoder.decode(toBytes(escapes)))

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

const toBytes = (escapes: string): Uint8Array =>
  Uint8Array.from(escapes.slice(1).split('%'), (hex) => Number.parseInt(hex, 16))

import { checkScopeNames } from './challenge.ts'

/** What a request wants to do, as far as scopes go. */
export interface Operation {
  /** What kind of thing it is done to. */
  type: 'tool' | 'prompt' | 'resource'
  /** The name of the tool or prompt, or the URI (or template) of the resource. */
  name: string
}

/** Scopes by pattern; `*` stands for any text. */
export type ScopePatterns = Readonly<Record<string, readonly string[]>>

/** Scopes a kind of operation. */
export interface ScopeTable {
  /** By tool name. */
  tools?: ScopePatterns
  /** By prompt name. */
  prompts?: ScopePatterns
  /** By resource URI, and by the text of resource templates. */
  resources?: ScopePatterns
}

/** Which scopes operations need: one object for listing, calling and challenges alike. */
export interface ScopeRules {
  /** All scopes that an operation needs. */
  required(operation: Operation): readonly string[]
}

/**
 * Says which scopes which tools, prompts and resources need. Where several patterns match, all of their
 * scopes are needed; where none does, only `requiredScopes` are.
 *
 * @param rules - A table of patterns, or a function that names the scopes of an operation.
 * @throws TypeError for a scope that is none.
 *
 * @example
 * ```ts
 * import { scopes, staticVerifier, withAuth } from '@portico-mcp/auth'
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 *
 * const notes = createMcpHandler(() => new McpServer({ name: 'notes', version: '1.0.0' }))
 *
 * export const handler = withAuth(notes, {
 *   verifier: staticVerifier({ 'a-token-for-tests': { clientId: 'ann', scopes: ['notes:read'] } }),
 *   scopes: scopes({ tools: { 'purge-*': ['notes:write'] } }),
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
        (type === 'resource' ? spellingsOf(name) : [name]).flatMap((name) => read({ type, name }) ?? []),
      ),
    ],
  }
}

function readTable({ tools, prompts, resources }: ScopeTable): (operation: Operation) => readonly string[] {
  const table = { tool: compile(tools), prompt: compile(prompts), resource: compile(resources) }
  return ({ type, name }) => table[type].flatMap(({ matches, scopes }) => (matches(name) ? scopes : []))
}

interface Pattern {
  matches: (name: string) => boolean
  scopes: readonly string[]
}

const compile = (patterns: ScopePatterns = {}): Pattern[] =>
  Object.entries(patterns).map(([pattern, scopes]) => {
    checkScopeNames(scopes)
    return { matches: matcherOf(pattern), scopes }
  })

function matcherOf(pattern: string): (name: string) => boolean {
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

// servers look a resource up by its normalised URI, and read percent-encoded parts decoded
function spellingsOf(uri: string): string[] {
  const decoded = decode(uri)
  return [...new Set([uri, normalise(uri), decoded, decode(normalise(uri)), normalise(decoded)])]
}

const normalise = (uri: string): string => (URL.canParse(uri) ? new URL(uri).href : uri)

// a malformed escape does not hide what the others say
const decode = (uri: string): string =>
  uri.replace(/(?:%[\da-f]{2})+/gi, (escapes) => decoder.decode(bytes(escapes)))

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

const bytes = (escapes: string): Uint8Array =>
  Uint8Array.from(escapes.slice(1).split('%'), (hex) => Number.parseInt(hex, 16))

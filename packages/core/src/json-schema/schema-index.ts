import { isNode, keyword, type SchemaNode, subschemas } from './keywords.ts'

/** What is known of a schema before a value is checked. */
export interface SchemaIndex {
  /** What each schema with a `$ref` refers to. */
  targets: Map<SchemaNode, unknown>
  /** Its patterns, as regular expressions with the flag `u`. */
  patterns: Map<string, RegExp>
  /** Whether a schema asks what others have evaluated. */
  hasUnevaluated: boolean
  /** Why values cannot be checked by it; undefined where they can. */
  problem: string | undefined
}

/** A schema that cannot be used at all. */
export class InvalidSchema extends Error {}

interface Pending {
  schema: SchemaNode
  reference: string
  base: string
}

const NO_BASE = 'schema://portico/'

/**
 * Finds what a schema refers to, by pointer, `$id` and `$anchor`. Nothing is fetched.
 *
 * @throws InvalidSchema for a reference to what is not in it, and a malformed `$id`, `$anchor` or `$ref`.
 */
export function indexSchema(root: SchemaNode): SchemaIndex {
  const index: SchemaIndex = {
    targets: new Map(),
    patterns: new Map(),
    hasUnevaluated: false,
    problem: undefined,
  }
  const resources = new Map<string, unknown>([[NO_BASE, root]])
  const anchors = new Map<string, SchemaNode>()
  const seen = new Set<SchemaNode>()
  const pending: Pending[] = []

  // a list, as schemas may be nested deeper than the stack
  function scan(start: SchemaNode, startBase: string): void {
    const queue: [SchemaNode, string][] = [[start, startBase]]
    for (let next = queue.pop(); next; next = queue.pop()) {
      const [node, outer] = next
      if (seen.has(node)) continue
      seen.add(node)
      const base = resolveBase(node, outer)
      if (base !== outer && !resources.has(base)) resources.set(base, node)
      const anchor = text(node, '$anchor')
      if (anchor !== undefined) anchors.set(`${base}#${anchor}`, node)
      const reference = text(node, '$ref') ?? text(node, '$recursiveRef')
      if (reference !== undefined) pending.push({ schema: node, reference, base })
      note(node, index)
      for (const one of subschemas(node)) queue.push([one, base])
    }
  }

  scan(root, NO_BASE)
  for (let next = pending.shift(); next; next = pending.shift()) {
    const target = find(next, resources, anchors)
    index.targets.set(next.schema, target)
    // the target of a reference may be beneath an unknown keyword
    if (isNode(target)) scan(target, next.base)
  }
  return index
}

function text(node: SchemaNode, name: string): string | undefined {
  const value = keyword(node, name)
  if (value !== undefined && typeof value !== 'string') throw new InvalidSchema('is no valid JSON Schema')
  return value
}

function resolveBase(node: SchemaNode, outer: string): string {
  const id = text(node, '$id')
  if (id === undefined || id.startsWith('#')) return outer
  if (!URL.canParse(id, outer)) throw new InvalidSchema('is no valid JSON Schema')
  return withoutFragment(new URL(id, outer).href)
}

const withoutFragment = (url: string): string => url.replace(/#.*$/s, '')

function find(
  { reference, base }: Pending,
  resources: ReadonlyMap<string, unknown>,
  anchors: ReadonlyMap<string, SchemaNode>,
): unknown {
  const missing = new InvalidSchema(`refers to ${reference.slice(0, 200)}, which is not in it`)
  if (!reference.startsWith('#') && !URL.canParse(reference, base)) throw missing
  const place = reference.startsWith('#') ? base : withoutFragment(new URL(reference, base).href)
  const fragment = /#(.*)$/s.exec(reference)?.[1] ?? ''
  const isPointer = fragment === '' || fragment.startsWith('/')
  const target = isPointer ? follow(resources.get(place), fragment) : anchors.get(`${place}#${fragment}`)
  if (!isNode(target) && typeof target !== 'boolean') throw missing
  return target
}

// RFC 6901 §6
function follow(start: unknown, pointer: string): unknown {
  let found = start
  for (const part of pointer.split('/').slice(1)) {
    const name = decoded(part).replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined
    found = (found as SchemaNode)[name]
  }
  return found
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function note(node: SchemaNode, index: SchemaIndex): void {
  if (Object.hasOwn(node, '$dynamicRef')) index.problem ??= 'has a $dynamicRef, which cannot be checked'
  if (Object.hasOwn(node, 'unevaluatedItems') || Object.hasOwn(node, 'unevaluatedProperties')) {
    index.hasUnevaluated = true
  }
  const named = keyword(node, 'patternProperties')
  const pattern = keyword(node, 'pattern')
  for (const source of [
    ...(pattern === undefined ? [] : [pattern]),
    ...(isNode(named) ? Object.keys(named) : []),
  ]) {
    const compiled = toRegExp(source)
    if (compiled) index.patterns.set(source as string, compiled)
    else
      index.problem ??= `has the pattern ${String(source).slice(0, 200)}, which does not compile with the flag u`
  }
}

/** A pattern as a regular expression (JSON Schema 2020-12 core §6.4); undefined if it is invalid. */
export function toRegExp(source: unknown): RegExp | undefined {
  try {
    return typeof source === 'string' ? new RegExp(source, 'u') : undefined
  } catch {
    return undefined
  }
}

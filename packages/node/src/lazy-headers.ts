import type { RawHeaders } from '@portico-mcp/core/internal'
import { createLazyProxy } from './lazy-proxy.ts'
import type { NodeRequest } from './types.ts'

const FIELD_NAME = /^[\w!#$%&'*+.^`|~-]+$/

/** The `Headers` of a request of Node. Single values are read where Node has them, all else from real `Headers`. */
export class LazyHeaders implements RawHeaders {
  readonly #raw: readonly string[]
  #real: Headers | undefined

  constructor(raw: readonly string[]) {
    this.#raw = raw
  }

  get(name: string): string | null {
    if (this.#real) return this.#real.get(name)
    const raw = this.#raw
    let found: string | undefined
    let lower: string | undefined
    for (let index = 0; index < raw.length; index += 2) {
      const other = raw[index] as string
      if (other.length !== name.length) continue
      lower ??= name.toLowerCase()
      if (other !== lower && other.toLowerCase() !== lower) continue
      // `Headers` joins values, and does so differently for cookies.
      if (found !== undefined) return this.real.get(name)
      found = raw[index + 1]
    }
    // `Headers` throws for a name that no field can have.
    return found ?? (FIELD_NAME.test(name) ? null : this.real.get(name))
  }

  has(name: string): boolean {
    return this.get(name) !== null
  }

  /** Iterates over a copy: creating `Headers` and sorting them takes three times as long. */
  [Symbol.iterator](): IterableIterator<[string, string]> {
    const pairs = this.#real ? undefined : sortPairs(this.#raw)
    return pairs ? pairs[Symbol.iterator]() : this.real[Symbol.iterator]()
  }

  entries(): IterableIterator<[string, string]> {
    return this[Symbol.iterator]()
  }

  countFields(): { count: number; length: number } | undefined {
    if (this.#real) return undefined
    let length = 0
    for (const text of this.#raw) length += text.length
    return { count: this.#raw.length / 2, length }
  }

  get real(): Headers {
    this.#real ??= createHeaders(this.#raw)
    return this.#real
  }

  /** The real headers if they exist, otherwise the pairs that they would be created from. */
  get source(): Headers | [string, string][] {
    return this.#real ?? toPairs(this.#raw)
  }

  /** Makes changes of these headers changes of those of a real request. */
  replace(real: Headers): void {
    this.#real = real
  }
}

const toPairs = (raw: readonly string[]): [string, string][] => {
  const pairs: [string, string][] = []
  for (let index = 0; index < raw.length; index += 2)
    pairs.push([raw[index] as string, raw[index + 1] as string])
  return pairs
}

/** Pairs in the order of `Headers`; undefined if a name comes twice, since `Headers` joins the values. */
function sortPairs(raw: readonly string[]): [string, string][] | undefined {
  const pairs = toPairs(raw)
  for (const pair of pairs) pair[0] = pair[0].toLowerCase()
  pairs.sort(([a], [b]) => (a < b ? -1 : 1))
  return pairs.some(([name], index) => name === pairs[index - 1]?.[0]) ? undefined : pairs
}

const createHeaders = (raw: readonly string[]): Headers => new Headers(toPairs(raw))

/**
 * Reads names and values of a request that are not as HTTP/1 has them, alternately.
 *
 * @throws TypeError if a request that Node has not parsed has a name or value that `Headers` rejects.
 */
export function readRawHeaders(req: NodeRequest): readonly string[] {
  const raw = req.rawHeaders as string[] | undefined
  // Mocks and some serverless adapters have only the object; HTTP/2 adds fields such as `:path`.
  const checked = raw ? withoutPseudoHeaders(raw) : flatten(req.headers)
  createHeaders(checked)
  return checked
}

const withoutPseudoHeaders = (raw: readonly string[]): string[] =>
  raw.filter((_, index) => !(raw[index - (index % 2)] as string).startsWith(':'))

const flatten = (headers: NodeRequest['headers']): string[] =>
  Object.entries(headers)
    .filter(([name]) => !name.startsWith(':'))
    .flatMap(([name, values = []]) => [values].flat().flatMap((value) => [name, value]))

Object.setPrototypeOf(
  LazyHeaders.prototype,
  createLazyProxy(new Headers(), (headers) => (headers as unknown as LazyHeaders).real),
)

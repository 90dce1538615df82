import { ApiError } from './api-error.ts'

/** Query parameters; a list repeats its name, and what is undefined is left out. */
export type ApiQuery = Readonly<Record<string, QueryValue | readonly QueryValue[] | undefined>>

type QueryValue = string | number | bigint | boolean

/**
 * Where a call goes.
 *
 * @param url - A path from `/` on, beneath the base; or an absolute URL.
 * @throws ApiError `no-base-url`; `invalid-url` for what is neither, or leads out of the base.
 */
export function apiUrl(url: string, base: string | undefined, query: ApiQuery = {}): URL {
  const address = url.startsWith('/') ? beneath(base, url) : absolute(url)
  append(address, Object.entries(query))
  return address
}

function append({ searchParams }: URL, query: [string, ApiQuery[string]][]): void {
  for (const [name, value] of query) {
    for (const one of [value].flat()) if (one !== undefined) searchParams.append(name, String(one))
  }
}

/** A URL with the parameters that it does not have yet. */
export function addQuery(url: URL, query: ApiQuery): URL {
  const missing = Object.entries(query).filter(([name]) => !url.searchParams.has(name))
  if (missing.length === 0) return url
  const added = new URL(url)
  append(added, missing)
  return added
}

function beneath(base: string | undefined, path: string): URL {
  if (base === undefined) {
    throw new ApiError('no-base-url', `"${path}" is relative, and no apiBaseUrl is configured`)
  }
  if (/[\t\n\r]/.test(path) || leadsOut(path.split(/[?#]/, 1)[0]!)) {
    throw new ApiError('invalid-url', 'A path must not lead out of its base: no . and .. segments')
  }
  return new URL(base.replace(/\/$/, '') + path)
}

/**
 * Whether a path has a segment of dots in any spelling. URLs read `\` as `/`. Some servers decode once more,
 * read overlong UTF-8 or full-width characters, trim spaces and control characters, or cut off what is behind
 * `;`.
 */
function leadsOut(path: string): boolean {
  const once = path
    .replace(/%(?:25)+/g, '%')
    .replace(/%c0%ae/gi, '.')
    .replace(/%c0%af/gi, '/')
  const decoded = once.replace(/(?:%[0-9a-f]{2})+/gi, decodeRun).normalize('NFKC')
  return decoded.split(/[/\\]/).some((segment) => /^\.{1,2}$/.test(trimmed(segment.split(';', 1)[0]!)))
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what some servers trim
const trimmed = (segment: string): string => segment.replace(/[\x00-\x20\x7f-\xa0\u200b-\u200f\ufeff]/g, '')

const decodeRun = (run: string): string =>
  new TextDecoder().decode(Uint8Array.from(run.slice(1).split('%'), (hex) => Number.parseInt(hex, 16)))

const NO_VALUE = /^(?:undefined|\[object \w+\])$/

/**
 * Refuses what a template makes of a variable without a value.
 *
 * @throws ApiError `invalid-url`
 */
export function refuseUndefined(url: string): void {
  const [path = '', query = ''] = url.split('#', 1)[0]!.split('?', 2)
  const values = query.split('&').map((pair) => pair.slice(pair.indexOf('=') + 1))
  const named = query === '' ? [] : values
  if ([...path.split('/'), ...named].some((part) => NO_VALUE.test(part.replace(/%5b|%20|%5d/gi, plain)))) {
    throw new ApiError(
      'invalid-url',
      'A variable in the URL has no value: it would be called with "undefined"',
    )
  }
}

const plain = (code: string): string => ({ '%5b': '[', '%20': ' ', '%5d': ']' })[code.toLowerCase()] ?? code

function absolute(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new ApiError('invalid-url', 'Neither a path from / on nor an http or https URL without credentials')
  }
  return url
}

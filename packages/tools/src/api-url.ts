import { ApiError } from './api-error.ts'

/** Query parameters. A list repeats the name, undefined values are left out. */
export type ApiQuery = Readonly<Record<string, QueryValue | readonly QueryValue[] | undefined>>

type QueryValue = string | number | bigint | boolean

/**
 * Builds the URL of a call.
 *
 * @param url - A path that begins with `/`, relative to the base, or an absolute URL.
 * @throws ApiError `no-base-url`; `invalid-url` if the URL is neither, or if the path would leave the base.
 */
export function buildApiUrl(url: string, base: string | undefined, query: ApiQuery = {}): URL {
  const address = url.startsWith('/') ? resolvePath(base, url) : parseUrl(url)
  appendQuery(address, Object.entries(query))
  return address
}

function appendQuery({ searchParams }: URL, query: [string, ApiQuery[string]][]): void {
  for (const [name, value] of query) {
    for (const one of [value].flat()) if (one !== undefined) searchParams.append(name, String(one))
  }
}

/** Adds the parameters that a URL does not have yet. */
export function addQuery(url: URL, query: ApiQuery): URL {
  const missing = Object.entries(query).filter(([name]) => !url.searchParams.has(name))
  if (missing.length === 0) return url
  const added = new URL(url)
  appendQuery(added, missing)
  return added
}

function resolvePath(base: string | undefined, path: string): URL {
  if (base === undefined) {
    throw new ApiError(
      'no-base-url',
      `apiCall: "${path}" is relative, and there is no apiBaseUrl: set it in withApi, or use an absolute URL`,
    )
  }
  if (/[\t\n\r]/.test(path) || hasDotSegment(path.split(/[?#]/, 1)[0]!)) {
    throw new ApiError('invalid-url', 'The path must not lead out of its base with . or .. segments')
  }
  return new URL(base.replace(/\/$/, '') + path)
}

/**
 * Whether a path has a segment `.` or `..` in any spelling. `URL` reads `\` as `/`. Some servers decode twice, accept
 * overlong UTF-8 or full-width characters, trim spaces and control characters, or cut off what follows a `;`.
 */
function hasDotSegment(path: string): boolean {
  const once = path
    .replace(/%(?:25)+/g, '%')
    .replace(/%c0%ae/gi, '.')
    .replace(/%c0%af/gi, '/')
  const decoded = once.replace(/(?:%[0-9a-f]{2})+/gi, decodeRun).normalize('NFKC')
  return decoded.split(/[/\\]/).some((segment) => /^\.{1,2}$/.test(trimSegment(segment.split(';', 1)[0]!)))
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: some servers trim control characters
const TRIMMED = /[\x00-\x20\x7f-\xa0\u200b-\u200f\ufeff]/g

const trimSegment = (segment: string): string => segment.replace(TRIMMED, '')

const decodeRun = (run: string): string =>
  new TextDecoder().decode(Uint8Array.from(run.slice(1).split('%'), (hex) => Number.parseInt(hex, 16)))

const NO_VALUE = /^(?:undefined|\[object \w+\])$/

/**
 * Rejects a URL that was built from a template with an undefined variable.
 *
 * @throws ApiError `invalid-url`
 */
export function checkUrlValues(url: string): void {
  const [path = '', query = ''] = url.split('#', 1)[0]!.split('?', 2)
  const values = query.split('&').map((pair) => pair.slice(pair.indexOf('=') + 1))
  const parameters = query === '' ? [] : values
  if (
    [...path.split('/'), ...parameters].some((part) =>
      NO_VALUE.test(part.replace(/%5b|%20|%5d/gi, decodeMarker)),
    )
  ) {
    throw new ApiError(
      'invalid-url',
      'apiCall: a variable in the URL has no value, and would be sent as "undefined"',
    )
  }
}

const decodeMarker = (code: string): string =>
  ({ '%5b': '[', '%20': ' ', '%5d': ']' })[code.toLowerCase()] ?? code

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new ApiError(
      'invalid-url',
      'apiCall: the URL must be a path that begins with /, or an http or https URL without credentials',
    )
  }
  return url
}

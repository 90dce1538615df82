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
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) if (one !== undefined) address.searchParams.append(name, String(one))
  }
  return address
}

// URLs read `\` as `/`, and `%2e` as a dot; some servers decode once more, and cut off what is behind `;`
const SEPARATOR = /[/\\]|%(?:25)*(?:2f|5c)/i
const DOTS = /^(?:\.|%(?:25)*2e){1,2}(?:;|%(?:25)*3b|$)/i

function beneath(base: string | undefined, path: string): URL {
  if (base === undefined) {
    throw new ApiError('no-base-url', `"${path}" is relative, and no apiBaseUrl is configured`)
  }
  const segments = path.split(/[?#]/, 1)[0]!.split(SEPARATOR)
  if (/[\t\n\r]/.test(path) || segments.some((segment) => DOTS.test(segment))) {
    throw new ApiError('invalid-url', 'A path must not lead out of its base: no . and .. segments')
  }
  return new URL(base.replace(/\/$/, '') + path)
}

function absolute(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new ApiError('invalid-url', 'Neither a path from / on nor an http or https URL without credentials')
  }
  return url
}

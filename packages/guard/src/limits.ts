import { optionRules, type RawHeaders, type Rules } from '@portico-mcp/core/internal'
import { GuardRefusal } from './refusal.ts'

/** Limits of the URL and the headers of a request. The handler itself limits the body. */
export interface RequestLimits {
  /** The maximum number of characters of the URL, including its origin. A longer one gets 414. @defaultValue 8192 */
  maxUrlLength?: number | undefined
  /** The maximum number of header names. More get 431. @defaultValue 100 */
  maxHeaderCount?: number | undefined
  /** The maximum number of bytes of all header names and values. More get 431. @defaultValue 16384 */
  maxHeaderBytes?: number | undefined
}

/** The rules of {@link RequestLimits}. */
export const LIMIT_RULES: Rules<keyof RequestLimits> = {
  maxUrlLength: optionRules.positive(),
  maxHeaderCount: optionRules.positive(),
  maxHeaderBytes: optionRules.positive('bytes'),
}

const DEFAULTS = { maxUrlLength: 8192, maxHeaderCount: 100, maxHeaderBytes: 16_384 }

/** Reads the limits and fills in the defaults. */
export function readLimits(options: RequestLimits): Required<RequestLimits> {
  const { maxUrlLength, maxHeaderCount, maxHeaderBytes } = DEFAULTS
  return {
    maxUrlLength: options.maxUrlLength ?? maxUrlLength,
    maxHeaderCount: options.maxHeaderCount ?? maxHeaderCount,
    maxHeaderBytes: options.maxHeaderBytes ?? maxHeaderBytes,
  }
}

/** Returns a refusal if a request exceeds a limit. RFC 9110 section 15.5.15, RFC 6585 section 5. */
export function refuseSize(request: Request, limits: Required<RequestLimits>): GuardRefusal | undefined {
  if (request.url.length > limits.maxUrlLength) {
    return new GuardRefusal('url-too-long', `The URL is longer than ${limits.maxUrlLength} characters`, {
      option: 'maxUrlLength',
    })
  }
  return areFewFields(request.headers, limits) ? undefined : refuseHeaders(request.headers, limits)
}

/** Returns whether headers are within the limits as they were sent. Iterating over them takes 1 µs on Node. */
function areFewFields(headers: Headers, limits: Required<RequestLimits>): boolean {
  const fields = (headers as Headers & Partial<RawHeaders>).countFields?.()
  if (!fields) return false
  const { count, length } = fields
  return count <= limits.maxHeaderCount && length + 2 * count <= limits.maxHeaderBytes
}

function refuseHeaders(headers: Headers, limits: Required<RequestLimits>): GuardRefusal | undefined {
  let count = 0
  let size = 0
  for (const [name, value] of headers) {
    count++
    size += name.length + value.length
  }
  if (count > limits.maxHeaderCount) {
    return new GuardRefusal('headers-too-large', `More than ${limits.maxHeaderCount} headers`, {
      option: 'maxHeaderCount',
    })
  }
  if (size <= limits.maxHeaderBytes) return undefined
  return new GuardRefusal('headers-too-large', `Headers of more than ${limits.maxHeaderBytes} bytes`, {
    option: 'maxHeaderBytes',
  })
}

import { isDate, isDateTime, isDuration, isTime } from './time-formats.ts'
import { isEmail, isHostname, isIpv4, isIpv6, isUri, isUriReference, isUriTemplate } from './uri-formats.ts'

/** Whether a text has a format. */
export type FormatCheck = (text: string) => boolean

/**
 * Formats of JSON Schema 2020-12 (validation §7.3), and `url`, which models and people write. Every check
 * takes time that is linear in the length of the text: it runs over what clients send. Other formats accept
 * any text.
 */
export const formats: ReadonlyMap<string, FormatCheck> = new Map<string, FormatCheck>([
  ['date', isDate],
  ['time', isTime],
  ['date-time', isDateTime],
  ['duration', isDuration],
  ['uri', isUri],
  ['uri-reference', isUriReference],
  ['uri-template', isUriTemplate],
  ['url', isUrl],
  ['email', isEmail],
  ['hostname', isHostname],
  ['ipv4', isIpv4],
  ['ipv6', isIpv6],
  ['regex', isRegex],
  ['uuid', (text) => /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text)],
  ['json-pointer', isJsonPointer],
  ['json-pointer-uri-fragment', isJsonPointerFragment],
  ['relative-json-pointer', isRelativeJsonPointer],
])

// the format is in no standard: addresses of the web and of FTP, as people use the word
function isUrl(text: string): boolean {
  return /^(?:https?|ftp):\/\/[^\s/?#]/i.test(text) && !/\s/.test(text) && URL.canParse(text)
}

function isRegex(text: string): boolean {
  // ECMA-262 has no \Z
  if (/[^\\]\\Z/.test(text)) return false
  try {
    return new RegExp(text, 'u') instanceof RegExp
  } catch {
    return false
  }
}

// RFC 6901 §3
function isJsonPointer(text: string): boolean {
  return (text === '' || text.startsWith('/')) && !/~(?![01])/.test(text)
}

// RFC 6901 §6
function isJsonPointerFragment(text: string): boolean {
  const isFragment = text === '#' || text.startsWith('#/')
  return isFragment && /^#[\w\-.!$&'()*+,;:=@/%~]*$/.test(text) && !/%(?![0-9a-f]{2})|~(?![01])/i.test(text)
}

// draft-bhutton-relative-json-pointer-00 §3
function isRelativeJsonPointer(text: string): boolean {
  const rest = /^(?:0|[1-9]\d*)([#/].*)?$/s.exec(text)
  return rest !== null && (rest[1] === '#' || isJsonPointer(rest[1] ?? ''))
}

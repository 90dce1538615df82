// Each regular expression here either repeats one class of characters, or runs over a text of bounded
// length: both take linear time.

const LONGEST_HOST = 253

/** RFC 1123 §2.1. */
export function isHostname(text: string): boolean {
  return text.length <= LONGEST_HOST && text.split('.').every(isLabel)
}

const isLabel = (label: string): boolean =>
  label.length <= 63 && /^[a-z0-9-]+$/i.test(label) && !label.startsWith('-') && !label.endsWith('-')

const isOctet = (text: string): boolean => /^\d{1,3}$/.test(text) && Number(text) <= 255

/** RFC 2673 §3.2. */
export function isIpv4(text: string): boolean {
  const octets = text.split('.', 5)
  return octets.length === 4 && octets.every(isOctet)
}

/** RFC 4291 §2.2, without a zone. */
export function isIpv6(text: string): boolean {
  if (text.length > 45) return false
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1) ?? ''
  const isMixed = last.includes('.') && text.endsWith(last)
  if (isMixed && (!isIpv4(last) || /(?:^|\.)0\d/.test(last))) return false
  const hex = isMixed ? groups.slice(0, -1) : groups
  if (!hex.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false
  const count = hex.length + (isMixed ? 2 : 0)
  return halves.length === 2 ? count < 8 : count === 8
}

const isHostLiteral = (text: string): boolean =>
  isIpv6(text) || /^v[0-9a-f]+\.[\w\-.~!$&'()*+,;=:]+$/i.test(text)

/** RFC 5321 §4.1.2, `Mailbox`. */
export function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@')
  const [name, host] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)]
  if (name === '' || name.length > 64 || host.length > LONGEST_HOST) return false
  return (
    isLocalPart(name) &&
    (host.startsWith('[') && host.endsWith(']') ? isAddress(host.slice(1, -1)) : isHostname(host))
  )
}

function isLocalPart(name: string): boolean {
  if (name.startsWith('"')) return /^"(?:[ !#-[\]-~]|\\[ -~])*"$/.test(name)
  return (
    /^[\w.!#$%&'*+/=?^`{|}~-]+$/.test(name) &&
    !name.startsWith('.') &&
    !name.endsWith('.') &&
    !name.includes('..')
  )
}

const isAddress = (text: string): boolean => (/^ipv6:/i.test(text) ? isIpv6(text.slice(5)) : isIpv4(text))

const SCHEME = /^[a-z][a-z0-9+\-.]*:/i

/** RFC 3986 §3: with a scheme. */
export const isUri = (text: string): boolean => SCHEME.test(text) && isUriReference(text)

// RFC 3986 appendix B, without the scheme
const PARTS = /^(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s

/** RFC 3986 §4.1. */
export function isUriReference(text: string): boolean {
  if (/%(?![0-9a-f]{2})/i.test(text)) return false
  const [, authority, path = '', query = '', fragment = ''] = PARTS.exec(text.replace(SCHEME, '')) ?? []
  if (!/^[\w\-.~!$&'"()*+,;=:@/%]*$/.test(path)) return false
  if (![query, fragment].every((part) => /^[\w\-.~!$&'"()*+,;=:@/?%]*$/.test(part))) return false
  return authority === undefined || isAuthority(authority)
}

function isAuthority(authority: string): boolean {
  const open = authority.indexOf('[')
  // what is no host and port is a path that begins with an empty segment
  if (open < 0) return /^[\w\-.~!$&'"()*+,;=:@%]*$/.test(authority)
  const end = authority.indexOf(']')
  const [user, port] = [authority.slice(0, open), authority.slice(end + 1)]
  if (!/^(?:[\w\-.~!$&'()*+,;=:%]*@)?$/.test(user) || !/^(?::\d*)?$/.test(port)) return false
  return isHostLiteral(authority.slice(open + 1, end))
}

/** RFC 6570 §2. */
export function isUriTemplate(text: string): boolean {
  // the odd ones stand between braces
  const parts = text.split(/\{([^{}]*)\}/)
  return parts.every((part, n) => (n % 2 === 0 ? isLiteral(part) : isExpression(part)))
}

const isLiteral = (text: string): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 6570 §2.1 excludes them
  !/[\x00-\x20\x7f"<>\\^`{|}]/.test(text) && !/%(?![0-9a-f]{2})/i.test(text)

const isExpression = (text: string): boolean =>
  text
    .replace(/^[+#./;?&=,!@|]/, '')
    .split(',')
    .every(isVariable)

function isVariable(text: string): boolean {
  const name = text.replace(/(?::[1-9]\d{0,3}|\*)$/, '')
  return name.split('.').every((part) => /^[\w%]+$/.test(part) && !/%(?![0-9a-f]{2})/i.test(part))
}

import {
  hostnameRule,
  isAuthority,
  parseAuthority,
  parseWrittenAuthority,
  withoutTrailingDot,
} from './hostname.ts'
import { callOption } from './user-function.ts'

/**
 * Decides about a well-formed `Origin`, in lower case and punycode and without a default port, or about `null`. Only the
 * result `true` allows the request.
 */
export type OriginPredicate = (origin: string, request: Request) => boolean

/**
 * The web pages that may call:
 *
 * - `https://app.example.com`: this origin, with this port
 * - `https://*.example.com`: origins of all subdomains, with this scheme and port
 * - `app.example.com` or `*.example.com`: any scheme and port
 * - `moz-extension://*`: all origins of a scheme that is not a web scheme
 * - `null`: pages without an origin (sandboxed frames, files)
 * - a function that decides
 */
export type AllowedOrigin = string | OriginPredicate

/** A list of allowed origins, or one function that decides. */
export type AllowedOrigins = readonly AllowedOrigin[] | OriginPredicate

export type OriginCheck = (origin: Origin, request: Request) => boolean

/** A parsed `Origin`. */
export interface Origin {
  /** The header's value, in lower case and without a default port, or `null` for an opaque origin. */
  text: string
  /** The scheme with its colon. */
  scheme: string
  hostname: string
  port: string
}

type Rule = (origin: Origin) => boolean

const OPAQUE: Origin = { text: 'null', scheme: '', hostname: '', port: '' }
const WEB_SCHEMES = ['http:', 'https:', 'ws:', 'wss:', 'ftp:', 'file:']

/** Parses an origin: scheme, host and port (RFC 6454, 6.2). Returns `undefined` for anything else. */
export const parseOrigin = (value: string): Origin | undefined =>
  value === 'null' ? OPAQUE : readOrigin(value, parseAuthority)

function readOrigin(value: string, parse: typeof parseAuthority): Origin | undefined {
  const [, prefix, authority] = /^([a-z][a-z\d+.-]*:)\/\/([^/]+)$/i.exec(value) ?? []
  if (prefix === undefined || authority === undefined || !URL.canParse(value)) return undefined
  const scheme = prefix.toLowerCase()
  const hostname = WEB_SCHEMES.includes(scheme) ? parse(authority) : opaqueHostname(authority)
  if (hostname === undefined) return undefined
  const { port } = new URL(value)
  return { text: `${scheme}//${hostname}${port && `:${port}`}`, scheme, hostname, port }
}

// The host of an extension's origin is its id, which must not be parsed as an IPv4 address if it looks like a number.
const opaqueHostname = (authority: string): string | undefined =>
  isAuthority(authority) ? withoutTrailingDot(authority.replace(/:\d*$/, '').toLowerCase()) : undefined

/** Parses a rule. Returns `undefined` if it is malformed. */
export function originRule(rule: string): Rule | undefined {
  if (rule === 'null') return (origin) => origin === OPAQUE
  const [, prefix, rest = ''] = /^([a-z][a-z\d+.-]*:)\/\/(.+)$/i.exec(rule) ?? []
  if (prefix === undefined) {
    const matches = hostnameRule(rule)
    return matches && ((origin) => origin !== OPAQUE && matches(origin.hostname))
  }
  const scheme = prefix.toLowerCase()
  if (rest === '*') return WEB_SCHEMES.includes(scheme) ? undefined : (origin) => origin.scheme === scheme
  const isWildcard = rest.startsWith('*.')
  const expected = readOrigin(`${scheme}//${isWildcard ? rest.slice(2) : rest}`, parseWrittenAuthority)
  if (expected === undefined || expected.hostname.includes('*')) return undefined
  if (!isWildcard) return (origin) => origin.text === expected.text
  const matches = hostnameRule(`*.${expected.hostname}`)
  return (
    matches &&
    (({ scheme, port, hostname }) =>
      scheme === expected.scheme && port === expected.port && matches(hostname))
  )
}

/**
 * Creates a check of origins.
 *
 * @throws TypeError for a rule that could never match.
 */
export function originCheck(allowed: AllowedOrigins): OriginCheck {
  const rules = (typeof allowed === 'function' ? [allowed] : allowed).map((rule) => {
    if (typeof rule === 'function') {
      return ({ text }: Origin, request: Request) => callOption('allowedOrigins', () => rule(text, request))
    }
    const matches = originRule(rule)
    if (matches) return matches
    throw new TypeError(`allowedOrigins: "${rule}" is neither an origin, a hostname nor a pattern`)
  })
  return (origin, request) => rules.some((matches) => matches(origin, request) === true)
}

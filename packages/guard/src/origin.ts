import {
  hostnameRule,
  isAuthority,
  parseAuthority,
  parseWrittenAuthority,
  withoutTrailingDot,
} from './hostname.ts'
import { callOption } from './user-function.ts'

/**
 * Asked about a well-formed `Origin`, in lower case and punycode and without a default port, or about
 * `null`. Only `true` allows.
 */
export type OriginPredicate = (origin: string, request: Request) => boolean

/**
 * Who may call from a page:
 *
 * - `https://app.example.com`, that origin, its port counted
 * - `https://*.example.com`, every origin below, with that scheme and port
 * - `app.example.com` or `*.example.com`, whatever the scheme and port
 * - `moz-extension://*`, every origin of a scheme other than those of the web
 * - `null`, pages without an origin (sandboxed frames, files)
 * - a function
 */
export type AllowedOrigin = string | OriginPredicate

/** The origins that a list allows, or a function alone. */
export type AllowedOrigins = readonly AllowedOrigin[] | OriginPredicate

export type OriginCheck = (origin: Origin, request: Request) => boolean

/** An `Origin` in parts. */
export interface Origin {
  /** As it is sent, in lower case and without a default port; `null` for an opaque one. */
  text: string
  /** With its colon. */
  scheme: string
  hostname: string
  port: string
}

type Rule = (origin: Origin) => boolean

const OPAQUE: Origin = { text: 'null', scheme: '', hostname: '', port: '' }
const WEB_SCHEMES = ['http:', 'https:', 'ws:', 'wss:', 'ftp:', 'file:']

/** RFC 6454, 6.2: scheme, host and port, and nothing else; `undefined` for what is no origin. */
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

// the host of an extension is its id, even where it reads like a number
const opaqueHostname = (authority: string): string | undefined =>
  isAuthority(authority) ? withoutTrailingDot(authority.replace(/:\d*$/, '').toLowerCase()) : undefined

/** A rule as a check; `undefined` for what is none. */
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

/** @throws TypeError for a rule that could never match. */
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

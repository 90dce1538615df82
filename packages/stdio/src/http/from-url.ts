import type { MessageExtraInfo } from '@modelcontextprotocol/sdk/types.js'
import type { McpServerLike } from '@portico-mcp/core'
import { optionRules, type Rules, sha256, validateOptions } from '@portico-mcp/core/internal'
import { type ConnectionOptions, SECRET_STRINGS } from '../connection-options.ts'
import type { PoolSettings } from '../options.ts'
import { ConnectionPool } from '../pool/connection-pool.ts'
import type { Launch } from '../pool/launch.ts'
import { findPool } from '../pool/pools.ts'
import { HttpTransport } from './http-transport.ts'

/** Options of `fromUrl`. */
export interface FromUrlOptions extends ConnectionOptions {
  /** Headers of every request to the remote server, such as its own `authorization`. @defaultValue none */
  headers?: Readonly<Record<string, string>> | undefined
  /**
   * Whether the remote server gets the `Authorization` header of the caller. The specification forbids to pass on a
   * token that was issued for another server (2026-07-28 authorization, "Token Passthrough"): set it only if this
   * endpoint and the remote server are one resource, with the same audience.
   * @defaultValue false
   */
  forwardAuthorization?: boolean | undefined
  /**
   * Who shares a connection to the remote server: the requests of one caller, or all. A session always has its own.
   * @defaultValue 'caller'
   */
  share?: 'caller' | 'all' | undefined
  /** The number of connections at once, those of sessions included. @defaultValue 1000 */
  maxConnections?: number | undefined
  /** The number of connections of one known caller. @defaultValue a quarter of `maxConnections`, at least 1 */
  maxConnectionsPerCaller?: number | undefined
  /** Milliseconds that the remote server may take to answer `initialize`. @defaultValue 30000 */
  startTimeoutMs?: number | undefined
}

const RULES: Rules<keyof FromUrlOptions> = {
  headers: SECRET_STRINGS,
  forwardAuthorization: optionRules.flag,
  share: optionRules.oneOf('caller', 'all'),
  caller: optionRules.callback,
  maxConnections: optionRules.integerFrom(1),
  maxConnectionsPerCaller: optionRules.integerFrom(1),
  idleTimeoutMs: optionRules.timerMs(1),
  startTimeoutMs: optionRules.timerMs(1),
  maxMessageBytes: optionRules.integerFrom(1024, undefined, 'bytes'),
  onerror: optionRules.callback,
}

/**
 * Creates the server of a factory that passes every message on to a remote Streamable HTTP server, of 2026-07-28 or of
 * the 2025 era with its sessions. Call it in the factory, for each request.
 *
 * @param url - The endpoint of the remote server.
 * @param options - See {@link FromUrlOptions}.
 * @throws TypeError if the URL is not one of http or https, and for an unknown option or a value of the wrong type.
 * @throws RangeError for a number out of its range.
 *
 * @example
 * ```ts
 * import { createMcpHandler } from '@portico-mcp/core'
 * import { fromUrl } from '@portico-mcp/stdio'
 *
 * export const handler = createMcpHandler(() =>
 *   fromUrl('https://example.com/mcp', { headers: { authorization: `Bearer ${process.env.EXAMPLE_TOKEN}` } }),
 * )
 * ```
 */
export function fromUrl(url: string | URL, options: FromUrlOptions = {}): McpServerLike {
  validateOptions('fromUrl', options, RULES)
  const target = readUrl(url)
  const { headers = {}, forwardAuthorization = false, maxMessageBytes = 16 * 1024 * 1024 } = options
  const settings = readSettings(options)
  const shared = {
    ...settings,
    url: target.href,
    forwardAuthorization,
    maxMessageBytes,
    headers: digest(headers),
  }
  const pool = findPool('fromUrl', shared, () => new ConnectionPool(settings))
  const createLaunch = (own: Readonly<Record<string, string>>): Launch => ({
    key: `${target.href} ${digest(own)}`,
    name: target.origin,
    discovers: true,
    createTransport: () =>
      new HttpTransport({ url: target, headers: own, maxMessageBytes, fetch: (request) => fetch(request) }),
  })
  const common = createLaunch(headers)
  return pool.createServer((extra) => {
    const authorization = forwardAuthorization ? readAuthorization(extra) : undefined
    return authorization === undefined ? common : createLaunch({ ...headers, authorization })
  })
}

function readUrl(url: string | URL): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') return parsed
  throw new TypeError(
    `fromUrl: url must be an absolute URL of http or https (got ${JSON.stringify(String(url))})`,
  )
}

function readSettings(options: FromUrlOptions): PoolSettings {
  const { maxConnections = 1000 } = options
  return {
    share: options.share ?? 'caller',
    caller: options.caller,
    maxProcesses: maxConnections,
    maxProcessesPerCaller: options.maxConnectionsPerCaller ?? Math.max(1, Math.floor(maxConnections / 4)),
    spareProcesses: 0,
    idleTimeoutMs: options.idleTimeoutMs ?? 300_000,
    startTimeoutMs: options.startTimeoutMs ?? 30_000,
    maxQueue: 64,
    queueTimeoutMs: 10_000,
    maxMemoryBytes: Number.POSITIVE_INFINITY,
    pingIntervalMs: 0,
    pingTimeoutMs: 0,
    onerror: options.onerror ?? ((error) => console.error(error)),
  }
}

const digest = (headers: Readonly<Record<string, string>>): string => sha256(JSON.stringify(headers))

function readAuthorization(extra: MessageExtraInfo | undefined): string | undefined {
  const { authorization } = extra?.requestInfo?.headers ?? {}
  return typeof authorization === 'string' ? authorization : undefined
}

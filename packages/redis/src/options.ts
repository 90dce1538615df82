import { optionRules, type Rules, reporter, validateOptions } from '@portico-mcp/core/internal'
import type { RedisClientOptions } from 'redis'

/** Options of `RedisConnection`. */
export interface RedisConnectionOptions {
  /** The URL of Redis: `redis://`, `rediss://` (TLS) or `unix://`. @defaultValue `redis://localhost:6379` */
  url?: string | undefined
  /** URLs of some nodes of a Redis Cluster, instead of `url`. Credentials and TLS are taken from the first one. */
  cluster?: readonly string[] | undefined
  /** More options of the `redis` client, such as `socket: { tls: true, ca }`, `credentialsProvider` or `name`. */
  client?: Omit<RedisClientOptions, 'url' | 'RESP' | 'disableOfflineQueue' | 'commandOptions'> | undefined
  /**
   * The prefix of all keys and channels: letters, digits and `-_.:`. Use another one for each service.
   * @defaultValue `portico`
   */
  prefix?: string | undefined
  /** Milliseconds for connecting and for each command. After that, a call rejects. @defaultValue 2000 */
  timeoutMs?: number | undefined
  /**
   * Called when the connection is lost or cannot be opened (once, or for a node of a Cluster at every attempt), when a
   * change could not be sent to other nodes, and with errors of listeners. What it throws is ignored.
   */
  onerror?: ((error: Error) => void) | undefined
}

/** The options with their defaults. */
export interface RedisConnectionSettings {
  urls: readonly string[]
  isCluster: boolean
  client: NonNullable<RedisConnectionOptions['client']>
  prefix: string
  timeoutMs: number
  /** Texts that must not appear in messages. */
  secrets: readonly string[]
  report: (error: Error) => void
}

const RULES: Rules<keyof RedisConnectionOptions> = {
  // URLs contain passwords, so their values are not shown.
  url: optionRules.secret(optionRules.text),
  cluster: optionRules.secret({
    allowed: 'a list of one URL or more',
    isAllowed: (urls) => optionRules.texts.isAllowed(urls) && (urls as unknown[]).length > 0,
  }),
  client: optionRules.secret(optionRules.plainObject),
  prefix: optionRules.keyPrefix,
  timeoutMs: optionRules.timerMs(1),
  onerror: optionRules.callback,
}

/**
 * Validates the options and fills in the defaults.
 *
 * @throws TypeError for an unknown option or a malformed URL. The message does not contain the URL.
 * @throws RangeError if a number is out of range.
 */
export function readOptions(options: RedisConnectionOptions): RedisConnectionSettings {
  validateOptions('RedisConnection', options, RULES)
  const {
    cluster,
    url = 'redis://localhost:6379',
    client = {},
    prefix = 'portico',
    timeoutMs = 2000,
  } = options
  const urls = cluster ?? [url]
  return {
    urls,
    isCluster: cluster !== undefined,
    client,
    prefix,
    timeoutMs,
    secrets: [...urls.flatMap(listSecrets), ...(client.password ? [client.password] : [])],
    report: reporter(options.onerror),
  }
}

function listSecrets(url: string): string[] {
  const { password, decoded } = parse(url)
  return password === '' ? [] : [url, password, decoded]
}

function parse(url: string): { password: string; decoded: string } {
  try {
    const { protocol, password } = new URL(url.replace(/^unix:\/\/([^/]*@)?\//, 'unix://$1localhost/'))
    if (['redis:', 'rediss:', 'unix:'].includes(protocol)) {
      return { password, decoded: decodeURIComponent(password) }
    }
  } catch {
    // The error that was thrown contains the URL, which may contain a password.
  }
  throw new TypeError('RedisConnection: url must be a redis://, rediss:// or unix:// URL')
}

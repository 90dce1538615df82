import { optionRules, type Rules, reporter, validateOptions } from '@portico-mcp/core/internal'
import type { RedisClientOptions } from 'redis'

/** Options of `RedisConnection`. */
export interface RedisConnectionOptions {
  /** Where Redis is: `redis://`, `rediss://` (TLS) or `unix://`. @defaultValue `redis://localhost:6379` */
  url?: string | undefined
  /** URLs of some nodes of a Redis Cluster, instead of `url`; credentials and TLS are those of the first. */
  cluster?: readonly string[] | undefined
  /** More for the official client, such as `socket: { tls: true, ca }`, `credentialsProvider` or `name`. */
  client?: Omit<RedisClientOptions, 'url' | 'RESP' | 'disableOfflineQueue' | 'commandOptions'> | undefined
  /** Begins every key and channel: letters, digits and `-_.:`; one a service. @defaultValue `portico` */
  prefix?: string | undefined
  /** Milliseconds in which Redis has to connect, and to answer; beyond, a call rejects. @defaultValue 2000 */
  timeoutMs?: number | undefined
  /**
   * Hears of a connection that is lost or not found (once; of a node of a Cluster, at every attempt), of
   * changes that other nodes could not be told, and of what listeners throw. What it throws is ignored.
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
  /** What must not be shown. */
  secrets: readonly string[]
  report: (error: Error) => void
}

const RULES: Rules<keyof RedisConnectionOptions> = {
  // URLs hold passwords
  url: optionRules.secret(optionRules.text),
  cluster: optionRules.secret({
    allowed: 'a list of one URL or more',
    isAllowed: (urls) => optionRules.texts.isAllowed(urls) && (urls as unknown[]).length > 0,
  }),
  client: optionRules.secret(optionRules.plainObject),
  prefix: {
    allowed: '1 to 100 letters, digits and -_.:',
    isAllowed: (prefix) => typeof prefix === 'string' && /^[\w.:-]{1,100}$/.test(prefix),
  },
  timeoutMs: optionRules.timerMs(1),
  onerror: optionRules.callback,
}

/**
 * @throws TypeError for a URL that is none; it does not repeat it.
 * @throws RangeError for another option that is out of its range.
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
    secrets: [...urls.flatMap(secretsOf), ...(client.password ? [client.password] : [])],
    report: reporter(options.onerror),
  }
}

function secretsOf(url: string): string[] {
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
    // what was thrown holds the URL
  }
  throw new TypeError('RedisConnection: not a redis://, rediss:// or unix:// URL')
}

import type { Bucket, RateLimitResult } from '@portico-mcp/guard'
import type { ObjectHost } from './host.ts'

/** Operations on the token bucket of one key. */
export interface BucketsApi {
  /** Takes a token. A bucket that was never used is full. */
  takeToken(bucket: Bucket): RateLimitResult
}

interface Row {
  tokens: number
  at: number
}

const COLUMNS = 'id INTEGER PRIMARY KEY, tokens REAL NOT NULL, at REAL NOT NULL'
/** A century, so that times stay integers that JSON and SQLite can hold. */
const LONGEST_MS = 3e12

export function createBuckets(host: ObjectHost): BucketsApi {
  const table = host.table('buckets', COLUMNS)

  return {
    takeToken({ capacity, refillPerSecond }) {
      const now = Date.now()
      const [row] = table.read<Row>('SELECT tokens, at FROM buckets')
      // If the clock was set back, nothing is refilled.
      const refilled = row ? row.tokens + (Math.max(0, now - row.at) * refillPerSecond) / 1000 : capacity
      const held = Math.min(capacity, refilled)
      // A client that waited for `retryAfterMs` may lack a fraction of a token because of rounding.
      if (held < 1 - 1e-9) {
        // Nothing is written, so a client that does not wait costs no writes.
        const retryAfterMs = Math.min(Math.ceil(((1 - held) * 1000) / refillPerSecond), LONGEST_MS)
        return { allowed: false, retryAfterMs }
      }
      const tokens = Math.max(0, held - 1)
      const fullMs = Math.min(Math.ceil(((capacity - tokens) * 1000) / refillPerSecond) + 1, LONGEST_MS)
      table.write(
        'INSERT OR REPLACE INTO buckets (id, tokens, at, expires_at) VALUES (1, ?, ?, ?)',
        ...[tokens, now, now + fullMs],
      )
      host.expectExpiry(now + fullMs)
      return { allowed: true, retryAfterMs: 0 }
    },
  }
}

import type { ObjectHost } from './host.ts'

/** Operations on leases: a name has one holder at a time, until the lease expires. */
export interface ClaimsApi {
  /** @returns False while another holder has the lease. */
  takeClaim(name: string, holder: string, ttlMs: number): boolean
  /** @returns False if the holder has no lease any more. */
  renewClaim(name: string, holder: string, ttlMs: number): boolean
  releaseClaim(name: string, holder: string): null
}

export function createClaims(host: ObjectHost): ClaimsApi {
  const table = host.table('claims', 'name TEXT PRIMARY KEY, holder TEXT NOT NULL')
  const findHolder = (name: string): string | undefined =>
    table.read<{ holder: string }>(
      'SELECT holder FROM claims WHERE name = ? AND expires_at > ?',
      name,
      Date.now(),
    )[0]?.holder

  const store = (name: string, holder: string, ttlMs: number): true => {
    const expiresAt = Date.now() + ttlMs
    table.write(
      'INSERT OR REPLACE INTO claims (name, holder, expires_at) VALUES (?, ?, ?)',
      ...[name, holder, expiresAt],
    )
    host.expectExpiry(expiresAt)
    return true
  }

  return {
    takeClaim(name, holder, ttlMs) {
      const current = findHolder(name)
      return current === undefined || current === holder ? store(name, holder, ttlMs) : false
    },
    renewClaim: (name, holder, ttlMs) => findHolder(name) === holder && store(name, holder, ttlMs),
    releaseClaim(name, holder) {
      table.read('DELETE FROM claims WHERE name = ? AND holder = ?', name, holder)
      return null
    },
  }
}

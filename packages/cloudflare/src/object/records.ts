import type { ObjectHost } from './host.ts'

/** A record as it is sent. Times are milliseconds since the epoch. */
export interface SentRecord {
  createdAt: number
  updatedAt: number
  expiresAt: number
  data: Record<string, unknown>
}

/** Operations on records, which are sessions and what an authorization server stores. */
export interface RecordsApi {
  hasRecord(id: string): boolean
  /**
   * @param attempt - Identifies the call. A second delivery of the same call returns what the first one did.
   * @returns False if another call has created the record.
   */
  createRecord(id: string, data: Record<string, unknown>, ttlMs: number, attempt: string): boolean
  readRecord(id: string): SentRecord | null
  /** @returns False if there is no record. */
  updateRecord(id: string, changes: Record<string, unknown>): boolean
  touchRecord(id: string, ttlMs: number): boolean
  deleteRecord(id: string): null
}

interface Row {
  created_at: number
  updated_at: number
  expires_at: number
  attempt: string
  data: string
}

const COLUMNS = `id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  attempt TEXT NOT NULL, data TEXT NOT NULL`

export function createRecords(host: ObjectHost): RecordsApi {
  const table = host.table('records', COLUMNS)
  const find = (id: string): Row | undefined =>
    table.read<Row>('SELECT * FROM records WHERE id = ? AND expires_at > ?', id, Date.now())[0]

  return {
    hasRecord: (id) => find(id) !== undefined,
    createRecord(id, data, ttlMs, attempt) {
      const found = find(id)
      if (found) return found.attempt === attempt
      const now = Date.now()
      table.write(
        `INSERT OR REPLACE INTO records (id, created_at, updated_at, expires_at, attempt, data)
          VALUES (?, ?, ?, ?, ?, ?)`,
        ...[id, now, now, now + ttlMs, attempt, JSON.stringify(data)],
      )
      host.expectExpiry(now + ttlMs)
      return true
    },
    readRecord(id) {
      const row = find(id)
      if (!row) return null
      const { created_at: createdAt, updated_at: updatedAt, expires_at: expiresAt } = row
      return { createdAt, updatedAt, expiresAt, data: JSON.parse(row.data) }
    },
    updateRecord(id, changes) {
      const row = find(id)
      if (!row) return false
      const data = JSON.stringify(applyChanges(JSON.parse(row.data), changes))
      table.write('UPDATE records SET data = ?, updated_at = ? WHERE id = ?', data, Date.now(), id)
      return true
    },
    touchRecord(id, ttlMs) {
      if (!find(id)) return false
      const expiresAt = Date.now() + ttlMs
      table.write('UPDATE records SET expires_at = ? WHERE id = ?', expiresAt, id)
      host.expectExpiry(expiresAt)
      return true
    },
    deleteRecord(id) {
      table.read('DELETE FROM records WHERE id = ?', id)
      return null
    },
  }
}

// A map, since a key may be `__proto__`.
function applyChanges(data: Record<string, unknown>, changes: Record<string, unknown>): object {
  const all = new Map(Object.entries(data))
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) all.delete(key)
    else all.set(key, value)
  }
  return Object.fromEntries(all)
}

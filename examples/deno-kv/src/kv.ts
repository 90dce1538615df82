/** The parts of Deno KV that the stores use. */
export interface Kv {
  get<Value>(key: KvKey): Promise<KvEntry<Value>>
  delete(key: KvKey): Promise<void>
  list<Value>(
    selector: { prefix: KvKey } | { start: KvKey; end: KvKey },
    options?: { batchSize?: number },
  ): AsyncIterable<StoredEntry<Value>>
  atomic(): KvTransaction
  /** Sends the entry now, and whenever it has changed. Changes in between may be left out. */
  watch<Value>(keys: [KvKey]): ReadableStream<[KvEntry<Value>]>
}

export type KvKey = readonly (string | number)[]

export interface KvEntry<Value> {
  key: KvKey
  value: Value | null
  /** The version, or null if the key is not stored. */
  versionstamp: string | null
}

export interface StoredEntry<Value> extends KvEntry<Value> {
  value: Value
}

interface KvTransaction {
  check(...entries: Pick<KvEntry<unknown>, 'key' | 'versionstamp'>[]): KvTransaction
  set(key: KvKey, value: unknown, options?: { expireIn?: number }): KvTransaction
  delete(key: KvKey): KvTransaction
  commit(): Promise<{ ok: boolean }>
}

/** A value that expires. Deno KV may delete it later than `until`, in milliseconds since 1970. */
export interface Expiring {
  until: number
}

/** What a change does to a value: keeps it, deletes it or replaces it. */
export type Change<Value, Result> =
  | { result: Result }
  | { result: Result; remove: true }
  | { result: Result; next: Value }

const MAX_ATTEMPTS = 100

/**
 * Reads a value and changes it atomically: if another isolate changed it in between, it is read and changed again.
 *
 * @param decide - Gets the value, or undefined if it is not stored or has expired.
 * @throws Error if it was changed in between 100 times.
 */
export async function change<Value extends Expiring, Result>(
  kv: Kv,
  key: KvKey,
  decide: (value: Value | undefined) => Change<Value, Result>,
  add: (transaction: KvTransaction, result: Result) => KvTransaction = (transaction) => transaction,
): Promise<Result> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const entry = await kv.get<Value>(key)
    const decision = decide(whileValid(entry.value))
    const checked = kv.atomic().check(entry)
    if ('next' in decision) {
      checked.set(key, decision.next, { expireIn: Math.max(1, decision.next.until - Date.now()) })
    } else if ('remove' in decision) checked.delete(key)
    else return decision.result
    if ((await add(checked, decision.result).commit()).ok) return decision.result
    // Isolates that wait for different times do not meet again.
    await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(50, attempt * 5)))
  }
  throw new Error('Deno KV: a value was changed by others all the time')
}

/** Returns a value unless it has expired. */
export const whileValid = <Value extends Expiring>(value: Value | null): Value | undefined =>
  value !== null && value.until > Date.now() ? value : undefined

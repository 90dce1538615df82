/** What this tab keeps over a reload and a sign-in, and no longer. */
export interface Kept<T> {
  get(): T | undefined
  set(value: T | undefined): void
}

export function kept<T>(name: string, storage: Storage = sessionStorage): Kept<T> {
  const key = `portico-dashboard:${name}`
  return {
    get: () => {
      try {
        return JSON.parse(storage.getItem(key) ?? 'null') ?? undefined
      } catch {
        return undefined
      }
    },
    set: (value) => {
      if (value === undefined) storage.removeItem(key)
      else storage.setItem(key, JSON.stringify(value))
    },
  }
}

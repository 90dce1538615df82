/**
 * A prototype of objects that pass for instances of a platform's class, and have a real one answer.
 *
 * @param like - The prototype of that class.
 * @param realOf - The real instance that an object stands for.
 */
export function standInFor<T extends object>(like: T, realOf: (standIn: T) => T): T {
  const prototype: T = Object.create(like)
  for (const name of Reflect.ownKeys(like)) {
    const { get, value } = Reflect.getOwnPropertyDescriptor(like, name) as PropertyDescriptor
    if (name === 'constructor' || (!get && typeof value !== 'function')) continue
    Object.defineProperty(prototype, name, { configurable: true, ...asking(name as keyof T, realOf, get) })
  }
  return prototype
}

function asking<T extends object>(
  name: keyof T,
  realOf: (standIn: T) => T,
  getter: unknown,
): PropertyDescriptor {
  if (getter) {
    return {
      get(this: T) {
        return realOf(this)[name]
      },
    }
  }
  return {
    value(this: T, ...args: unknown[]) {
      const real = realOf(this)
      return (real[name] as (...args: unknown[]) => unknown).apply(real, args)
    },
  }
}

/**
 * Creates a prototype for objects that pass as instances of a platform class without the cost of creating one.
 * Each member that an object does not implement itself is read from a real instance, which `resolve` creates.
 *
 * @param sample - Any instance of the class. On Node 20 and 22 the state of a `Request` is kept under symbols of
 *   the instance, which `new Request(request)` reads; they are forwarded too. From Node 24 on it is in private
 *   fields, which no other object can have.
 * @param resolve - Returns the real instance of an object.
 */
export function createLazyProxy<T extends object>(sample: T, resolve: (lazy: T) => T): T {
  const base = Object.getPrototypeOf(sample) as T
  const prototype: T = Object.create(base)
  for (const name of Reflect.ownKeys(base)) {
    const { get, value } = Reflect.getOwnPropertyDescriptor(base, name) as PropertyDescriptor
    if (name === 'constructor') continue
    if (get) forwardGetter(prototype, name as keyof T, resolve)
    else if (typeof value === 'function') forwardMethod(prototype, name as keyof T, resolve)
  }
  for (const name of Object.getOwnPropertySymbols(sample)) {
    forwardGetter(prototype, name as keyof T, resolve)
  }
  return prototype
}

function forwardGetter<T extends object>(prototype: T, name: keyof T, resolve: (lazy: T) => T): void {
  Object.defineProperty(prototype, name, {
    configurable: true,
    get(this: T) {
      return resolve(this)[name]
    },
  })
}

function forwardMethod<T extends object>(prototype: T, name: keyof T, resolve: (lazy: T) => T): void {
  Object.defineProperty(prototype, name, {
    configurable: true,
    writable: true,
    value(this: T, ...args: unknown[]) {
      const real = resolve(this)
      return (real[name] as (...args: unknown[]) => unknown).apply(real, args)
    },
  })
}

/**
 * An object whose members are made when they are asked for; a spread asks for them all. Not an object
 * with getters: each of those is of a shape of its own, which outlives many collections.
 */
export function lazily<T extends object>(members: T, made: { [Key in keyof T]?: () => T[Key] }): T {
  return new Proxy(members, {
    get: (members, key) => {
      const make = made[key as keyof T]
      return make ? make() : members[key as keyof T]
    },
  })
}

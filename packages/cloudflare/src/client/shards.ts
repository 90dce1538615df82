/** Some objects that get the same, so that more listeners than one object takes can be served. */
export class Shards {
  /** The names of all objects. */
  readonly all: readonly string[]

  constructor(kind: string, count: number) {
    this.all = Array.from({ length: count }, (_, index) => `${kind}:${index}`)
  }

  /** Picks an object at random. Workers offer no random numbers outside of a request. */
  pick(): string {
    return this.all[Math.floor(Math.random() * this.all.length)] as string
  }
}

import { getSite } from './holder.ts'

/** How many networks of an IPv6 site are holders of their own; the others count as one, since there are 65,536. */
const NETWORKS_OF_SITE = 16

interface Holder<Item> {
  readonly name: string
  /** In the order of use, each with how much it weighs. */
  readonly items: Map<Item, number>
  weight: number
}

/**
 * Items by who holds them, so that room is made at the cost of the holder of most: a caller that fills a limit
 * loses its own items, not those of the others. Every step takes the same time, however many items there are.
 */
export class Holdings<Item> {
  readonly #holders = new Map<string, Holder<Item>>()
  readonly #holderOf = new Map<Item, string>()
  /** How many networks of a site are holders. */
  readonly #networks = new Map<string, number>()
  /** Holders that hold about the same, in the order of use. */
  readonly #levels = new Map<number, Set<Holder<Item>>>()
  readonly #levelOf: (weight: number) => number
  #top = 0

  /**
   * @param levelOf - An integer that grows with a weight: holders of one level count as equal, and the one that
   *   was used longest ago goes first. @defaultValue the weight itself, for items that weigh 1 each
   */
  constructor(levelOf: (weight: number) => number = (weight) => weight) {
    this.#levelOf = levelOf
  }

  /** How much a holder holds. */
  getWeight(holder: string): number {
    return this.#holders.get(this.#nameOf(holder))?.weight ?? 0
  }

  /** Adds an item, or marks one as used now. */
  use(holderName: string, item: Item, weight = 1): void {
    const name = this.#holderOf.get(item) ?? this.#nameOf(holderName)
    this.#holderOf.set(item, name)
    if (!this.#holders.has(name)) this.#countNetwork(name, 1)
    const holder = this.#holders.get(name) ?? { name, items: new Map<Item, number>(), weight: 0 }
    this.#holders.set(name, holder)
    this.#leave(holder)
    holder.weight += weight - (holder.items.get(item) ?? 0)
    holder.items.delete(item)
    holder.items.set(item, weight)
    this.#enter(holder)
  }

  delete(item: Item): void {
    const name = this.#holderOf.get(item) ?? ''
    const holder = this.#holders.get(name)
    const weight = holder?.items.get(item)
    if (!holder || weight === undefined) return
    this.#leave(holder)
    this.#holderOf.delete(item)
    holder.items.delete(item)
    holder.weight -= weight
    if (holder.items.size > 0) this.#enter(holder)
    else {
      this.#holders.delete(name)
      this.#countNetwork(name, -1)
    }
    while (this.#top > 0 && !this.#levels.has(this.#top)) this.#top -= 1
  }

  clear(): void {
    this.#holders.clear()
    this.#holderOf.clear()
    this.#networks.clear()
    this.#levels.clear()
    this.#top = 0
  }

  /**
   * Items of the holder of most first, each holder's in the order of use, with what their holder holds.
   *
   * @param newcomer - The holder that room is made for: of those who hold the same, it goes first.
   */
  *fromLargest(newcomer?: string): Generator<[item: Item, weight: number]> {
    const own = newcomer === undefined ? undefined : this.#holders.get(this.#nameOf(newcomer))
    for (let level = this.#top; level >= 0; level--) {
      const equals = this.#levels.get(level)
      if (!equals) continue
      const holders = own && equals.has(own) ? [own, ...equals] : equals
      for (const { items, weight } of holders) for (const item of items.keys()) yield [item, weight]
    }
  }

  /** Who a holder counts as: itself, or its site where enough of that one's networks are holders already. */
  #nameOf(name: string): string {
    const site = this.#holders.has(name) ? undefined : getSite(name)
    return site !== undefined && (this.#networks.get(site) ?? 0) >= NETWORKS_OF_SITE ? site : name
  }

  #countNetwork(name: string, change: 1 | -1): void {
    const site = getSite(name)
    if (site === undefined) return
    const networks = (this.#networks.get(site) ?? 0) + change
    if (networks > 0) this.#networks.set(site, networks)
    else this.#networks.delete(site)
  }

  #enter(holder: Holder<Item>): void {
    const level = this.#levelOf(holder.weight)
    const equals = this.#levels.get(level) ?? new Set()
    this.#levels.set(level, equals.add(holder))
    this.#top = Math.max(this.#top, level)
  }

  #leave(holder: Holder<Item>): void {
    const level = this.#levelOf(holder.weight)
    const equals = this.#levels.get(level)
    equals?.delete(holder)
    if (equals?.size === 0) this.#levels.delete(level)
  }
}

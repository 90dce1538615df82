import { getSite } from './holder.ts'

/** How many networks of an IPv6 site count as separate holders. A site has 65,536 networks; the rest count as one. */
const NETWORKS_OF_SITE = 16

interface Holder<Item> {
  readonly name: string
  /** The weight of each item. The least recently used item comes first. */
  readonly items: Map<Item, number>
  weight: number
}

/**
 * Items grouped by their holder, so that items of the largest holder are evicted first: a caller that fills a limit
 * loses its own items, not those of others. Every operation takes constant time.
 */
export class Holdings<Item> {
  readonly #holders = new Map<string, Holder<Item>>()
  readonly #holderOf = new Map<Item, string>()
  /** The number of networks of each site that are separate holders. */
  readonly #networks = new Map<string, number>()
  /** Holders by level. The least recently used holder of a level comes first. */
  readonly #levels = new Map<number, Set<Holder<Item>>>()
  readonly #levelOf: (weight: number) => number
  #top = 0

  /**
   * @param levelOf - Maps a weight to an integer that grows with it. Holders of one level count as equal: the least
   *   recently used one is evicted first. @defaultValue the weight itself, for items that weigh 1 each
   */
  constructor(levelOf: (weight: number) => number = (weight) => weight) {
    this.#levelOf = levelOf
  }

  /** Returns the total weight of a holder's items. */
  getWeight(holder: string): number {
    return this.#holders.get(this.#nameOf(holder))?.weight ?? 0
  }

  /** Adds an item, or marks it as used now. */
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
   * Yields all items with the weight of their holder: items of the largest holder first, and of each holder the least
   * recently used item first.
   *
   * @param newcomer - The holder that room is made for. Among holders of its level, it comes first.
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

  /**
   * Returns the name that a holder counts as: its own, or that of its site if enough networks of the site are holders.
   */
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

/** A set that keeps no memory after items are removed. A `Set` that grows and shrinks leaves tables, which keep items. */
export class SlotSet<T> {
  readonly #slots: { item: T; index: number }[] = []

  /** @returns A function that removes the item; it may be called again. */
  add(item: T): () => void {
    const slot = { item, index: this.#slots.length }
    this.#slots.push(slot)
    return () => {
      if (this.#slots[slot.index] !== slot) return
      const last = this.#slots.pop() as typeof slot
      if (last === slot) return
      this.#slots[slot.index] = last
      last.index = slot.index
    }
  }

  /** Returns the current items. */
  items(): T[] {
    return this.#slots.map(({ item }) => item)
  }
}

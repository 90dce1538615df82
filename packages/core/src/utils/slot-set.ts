/** Things that come and go. Not a `Set`: one that grows and shrinks leaves tables which keep what was in them. */
export class SlotSet<T> {
  readonly #slots: { item: T; index: number }[] = []

  /** @returns Takes it out; may be called again. */
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

  /** What is in it now. */
  items(): T[] {
    return this.#slots.map(({ item }) => item)
  }
}

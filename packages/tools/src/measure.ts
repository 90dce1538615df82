/** How much a value may hold. */
export interface Size {
  /** Levels of objects and arrays. */
  depth: number
  /** Members of objects and elements of arrays, all together. */
  elements: number
}

/** Whether a value holds no more than it may; stops where it does, and so on one that holds itself. */
export function fits(value: unknown, { depth, elements }: Size): boolean {
  let count = 0
  const within = (value: unknown, level: number): boolean => {
    if (typeof value !== 'object' || value === null) return true
    if (level > depth) return false
    const members = Object.values(value)
    count += members.length
    return count <= elements && members.every((member) => within(member, level + 1))
  }
  return within(value, 1)
}

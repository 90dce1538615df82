/** The largest size of a value. */
export interface Size {
  /** Levels of nested objects and arrays. */
  depth: number
  /** Members of objects and elements of arrays, in total. */
  elements: number
}

/** Whether a value is within a size. It stops at the limit, so it also ends for a value that contains itself. */
export function isWithinSize(value: unknown, { depth, elements }: Size): boolean {
  let count = 0
  const isWithin = (value: unknown, level: number): boolean => {
    if (typeof value !== 'object' || value === null) return true
    if (level > depth) return false
    const members = Object.values(value)
    count += members.length
    return count <= elements && members.every((member) => isWithin(member, level + 1))
  }
  return isWithin(value, 1)
}

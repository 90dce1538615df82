/**
 * Compares two texts in a time that depends only on the length of the first, so that it does not reveal where they
 * differ. Compare digests of secrets if their length must not be revealed.
 */
export function isEqual(one: string, other: string): boolean {
  let difference = one.length ^ other.length
  for (let index = 0; index < one.length; index++) {
    difference |= one.charCodeAt(index) ^ other.charCodeAt(index)
  }
  return difference === 0
}

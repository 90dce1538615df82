/**
 * Compares two texts in a time that depends on the length of the first alone, so that it does not tell where they
 * differ. Compare digests of secrets rather than secrets whose length must not be told.
 */
export function isEqual(one: string, other: string): boolean {
  let difference = one.length ^ other.length
  for (let index = 0; index < one.length; index++) {
    difference |= one.charCodeAt(index) ^ other.charCodeAt(index)
  }
  return difference === 0
}

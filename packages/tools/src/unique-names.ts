/** Creates a function that makes names unique: if a name is taken, the next one gets a number. */
export function createUniqueNames(): (wanted: string) => string {
  const taken = new Set<string>()
  const counts = new Map<string, number>()
  return (wanted) => {
    let name = wanted
    let count = counts.get(wanted) ?? 1
    while (taken.has(name)) name = `${wanted}_${++count}`
    counts.set(wanted, count)
    taken.add(name)
    return name
  }
}

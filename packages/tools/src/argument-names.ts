const LONGEST_ARGUMENT = 64

/**
 * Names that the APIs of models take: letters, digits, `_` and `-`, at most 64 of them. One such API refuses
 * a whole request for one name that is longer or has a dot or a bracket.
 *
 * @returns Gives the first of the wanted names that is free, else the last with a number.
 */
export function argumentNames(): (...wanted: [string, ...string[]]) => string {
  const taken = new Set<string>()
  return (...wanted) => {
    const names = wanted.map(toArgumentName)
    let name = names.find((one) => !taken.has(one))
    const last = names.at(-1)!
    for (let n = 2; name === undefined; n++) {
      const numbered = `${last.slice(0, LONGEST_ARGUMENT - 6)}_${n}`
      if (!taken.has(numbered)) name = numbered
    }
    taken.add(name)
    return name
  }
}

function toArgumentName(text: string): string {
  // JavaScript gives `__proto__` a meaning of its own
  if (/^[\w-]{1,64}$/.test(text) && text !== '__proto__') return text
  let safe = text.replace(/[^\w-]+/g, '_').replace(/^_+/, '')
  while (safe.endsWith('_')) safe = safe.slice(0, -1)
  return safe.slice(0, LONGEST_ARGUMENT) || 'value'
}

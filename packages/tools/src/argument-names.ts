const MAX_NAME_LENGTH = 64

/**
 * Creates a function that chooses names which the APIs of models accept: letters, digits, `_` and `-`, at most 64 characters.
 * Some of these APIs reject a whole request because of one longer name, or one with a dot or a bracket.
 *
 * @returns A function that returns the first of the wanted names that is free, else the last one with a number.
 */
export function createArgumentNames(): (...wanted: [string, ...string[]]) => string {
  const taken = new Set<string>()
  return (...wanted) => {
    const names = wanted.map(toArgumentName)
    let name = names.find((one) => !taken.has(one))
    const last = names.at(-1)!
    for (let n = 2; name === undefined; n++) {
      const numbered = `${last.slice(0, MAX_NAME_LENGTH - 6)}_${n}`
      if (!taken.has(numbered)) name = numbered
    }
    taken.add(name)
    return name
  }
}

function toArgumentName(text: string): string {
  // `__proto__` is not an ordinary property in JavaScript.
  if (/^[\w-]{1,64}$/.test(text) && text !== '__proto__') return text
  let safe = text.replace(/[^\w-]+/g, '_').replace(/^_+/, '')
  while (safe.endsWith('_')) safe = safe.slice(0, -1)
  return safe.slice(0, MAX_NAME_LENGTH) || 'value'
}

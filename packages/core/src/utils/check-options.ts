import { textOf } from './to-error.ts'

/** The rule of an option. */
export interface Rule {
  /** The allowed values, in words that follow "must be". */
  allowed: string
  isAllowed(value: unknown): boolean
  /** Whether its value must not be shown. */
  isSecret?: boolean
  /** The part of a value that is not allowed, which the error shows. @defaultValue the value */
  culprit?(value: unknown): unknown
  /** The class of the error for a value that is not allowed. @defaultValue RangeError */
  error?: typeof TypeError | typeof RangeError
}

export type Rules<Name extends string> = Readonly<Record<Name, Rule>>

/**
 * Rejects unknown options.
 *
 * @param caller - The function that takes the options.
 * @throws TypeError that names the option, and the known option with the nearest name.
 */
export function checkNames(caller: string, given: object, known: object): void {
  const names = Object.keys(known)
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(known, name)) continue
    const nearest = findNearestName(name, names)
    const help = nearest ? `did you mean ${nearest}?` : `known are ${names.join(', ')}`
    throw new TypeError(`${caller}: there is no option ${JSON.stringify(name)}: ${help}`)
  }
}

/**
 * Makes sure that every option has an allowed value.
 *
 * @param prefix - The text in front of the names of the options.
 * @throws RangeError that names the option, the value and the allowed values.
 */
export function checkOptions<Name extends string>(
  caller: string,
  prefix: string,
  options: Partial<Record<Name, unknown>>,
  rules: Rules<Name>,
): void {
  for (const [name, rule] of Object.entries<Rule>(rules)) {
    const value = options[name as Name]
    if (!rule.isAllowed(value)) throw notAllowed(caller, prefix + name, value, rule)
  }
}

function notAllowed(caller: string, name: string, value: unknown, rule: Rule): Error {
  const { allowed, isSecret, error: OptionError = RangeError } = rule
  const got = isSecret ? '' : ` (got ${shown(rule.culprit ? rule.culprit(value) : value)})`
  return new OptionError(`${caller}: ${name} must be ${allowed}${got}`)
}

/**
 * Rejects options that are not an object, unknown options and values that are not allowed. An option that is undefined
 * counts as absent.
 *
 * @param caller - The function that takes the options.
 * @param rules - The rules of all options.
 * @throws TypeError that names the unknown option, and the known option with the nearest name.
 * @throws TypeError or RangeError, as the rule says, that names the option, the value and the allowed values.
 */
export function validateOptions<Options extends object>(
  caller: string,
  options: Options,
  rules: Rules<Extract<keyof Options, string>>,
): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`${caller}: options must be an object (got ${shown(options)})`)
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  checkNames(caller, Object.fromEntries(given), rules)
  for (const [name, value] of given) {
    const rule = rules[name as Extract<keyof Options, string>]
    if (!rule.isAllowed(value)) throw notAllowed(caller, name, value, rule)
  }
}

const MAX_SHOWN = 60

/** Shows a value in an error, shortened; an instance is shown by its class, since it may hold secrets. */
export function shown(value: unknown): string {
  const className = readClassName(value)
  if (className) return `an instance of ${className}`
  let text: string | undefined
  try {
    text = typeof value === 'number' ? String(value) : JSON.stringify(value)
  } catch {
    // JSON cannot represent the value.
  }
  const whole = text ?? (typeof value === 'function' ? 'a function' : textOf(value))
  return whole.length > MAX_SHOWN ? `${whole.slice(0, MAX_SHOWN)}…` : whole
}

function readClassName(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return undefined
  return 'toJSON' in value ? undefined : (value.constructor?.name ?? 'a class')
}

/** Finds the known name that was probably meant; undefined if none is similar. */
function findNearestName(name: string, names: readonly string[]): string | undefined {
  const wanted = name.toLowerCase()
  const distances = names.map((known) => [distance(wanted, known.toLowerCase()), known] as const)
  const [least, nearest] = distances.reduce((one, other) => (other[0] < one[0] ? other : one))
  if (least <= Math.max(2, Math.floor(name.length / 3))) return nearest
  // The name may lack a suffix, such as the unit of a duration.
  return names.find((known) => wanted.length >= 4 && known.toLowerCase().startsWith(wanted))
}

/** Counts the letters that have to be added, removed or changed (Levenshtein distance), up to 64 letters. */
function distance(from: string, to: string): number {
  const [left, right] = [from.slice(0, 64), to.slice(0, 64)]
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i++) {
    const next = [i]
    for (let j = 1; j <= right.length; j++) {
      const changed = (row[j - 1] as number) + (left[i - 1] === right[j - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[right.length] as number
}

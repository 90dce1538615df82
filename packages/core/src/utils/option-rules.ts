import type { Rule } from './check-options.ts'

/** The longest delay of a timer: JavaScript fires timers with a longer one immediately. */
const MAX_TIMER_MS = 2 ** 31 - 1

export const anything: Rule = { allowed: 'anything', isAllowed: () => true }

export const flag: Rule = {
  allowed: 'true or false',
  isAllowed: (value) => typeof value === 'boolean',
  error: TypeError,
}

export const callback: Rule = {
  allowed: 'a function',
  isAllowed: (value) => typeof value === 'function',
  error: TypeError,
}

/** A string. It may be empty, since an environment variable may be. */
export const string: Rule = {
  allowed: 'a string',
  isAllowed: (value) => typeof value === 'string',
  error: TypeError,
}

/** A string that is not empty. */
export const text: Rule = {
  allowed: 'a string that is not empty',
  isAllowed: (value) => typeof value === 'string' && value !== '',
  error: TypeError,
}

export const plainObject: Rule = {
  allowed: 'an object',
  isAllowed: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  error: TypeError,
}

/** @param item - The rule of each element. @defaultValue anything */
export const listOf = (item: Rule = anything, things = 'values'): Rule => ({
  allowed: `a list of ${things}`,
  isAllowed: (value) => Array.isArray(value) && value.every((element) => item.isAllowed(element)),
  culprit: (value) => (Array.isArray(value) ? value.find((element) => !item.isAllowed(element)) : value),
  error: TypeError,
})

/** The prefix of the names under which a store keeps things. */
export const keyPrefix: Rule = {
  allowed: '1 to 100 letters, digits and -_.:',
  isAllowed: (prefix) => typeof prefix === 'string' && /^[\w.:-]{1,100}$/.test(prefix),
}

/** A list of strings. */
export const texts: Rule = listOf(text, 'strings that are not empty')

/** An absolute URL, as a string or a `URL`. */
export const url: Rule = {
  allowed: 'an absolute URL',
  isAllowed: (value) => (typeof value === 'string' || value instanceof URL) && URL.canParse(value),
  error: TypeError,
}

/** A function, or a list of values that `item` allows. */
export const listOrFunction = (item: Rule, things: string): Rule => {
  const list = listOf(item, things)
  return {
    ...list,
    allowed: `a function or ${list.allowed}`,
    isAllowed: (value) => typeof value === 'function' || list.isAllowed(value),
  }
}

/** @returns A rule for an object that has all these methods. */
export const objectWith = (...methods: string[]): Rule => ({
  allowed: `an object with ${methods.join(', ')}`,
  isAllowed: (value) =>
    typeof value === 'object' &&
    value !== null &&
    methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function'),
  error: TypeError,
})

/** @returns A rule for one of some strings. */
export const oneOf = (...values: string[]): Rule => ({
  allowed: `${values.map((value) => `"${value}"`).join(', ')}`.replace(/, (?=[^,]*$)/, ' or '),
  isAllowed: (value) => values.includes(value as string),
})

/** @returns A rule for a value that any of the rules allows. */
export const anyOfRules = (...rules: Rule[]): Rule => ({
  allowed: rules.map(({ allowed }) => allowed).join(', or '),
  isAllowed: (value) => rules.some((rule) => rule.isAllowed(value)),
  error: TypeError,
})

/** @returns A rule for an integer. */
export const integerFrom = (least: number, most: number = Number.MAX_SAFE_INTEGER, unit = ''): Rule => ({
  allowed: `an integer${unit && ` of ${unit}`} ${range(least, most)}`,
  isAllowed: (value) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
})

const range = (least: number, most: number): string =>
  most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `from ${least} to ${most}`

const isNumber = (value: unknown): value is number => typeof value === 'number'

/** @returns A rule for a number, which may be `Infinity`. */
export const numberFrom = (least: number, unit = ''): Rule => ({
  allowed: `a number${unit && ` of ${unit}`} of ${least} or more`,
  isAllowed: (value) => isNumber(value) && value >= least,
})

/** @returns A rule for a number above 0, which may be `Infinity`. */
export const positive = (unit = ''): Rule => ({
  allowed: `a number${unit && ` of ${unit}`} greater than 0`,
  isAllowed: (value) => isNumber(value) && value > 0,
})

/** @returns A rule for a delay that a timer can take. */
export const timerMs = (least = 0): Rule => ({
  allowed: `a number of milliseconds from ${least} to ${MAX_TIMER_MS}`,
  isAllowed: (value) => isNumber(value) && value >= least && value <= MAX_TIMER_MS,
})

/** @returns The rule for a value that no error may show. */
export const secret = (rule: Rule): Rule => ({ ...rule, isSecret: true })

import { type Budget, MOST_CHARACTERS } from './budget.ts'
import type { Check, Mismatch, Place } from './check.ts'
import { includesValue, isEqual } from './equality.ts'
import { formats } from './formats.ts'
import { keyword, type SchemaNode } from './keywords.ts'

/** Keywords for any value, numbers and texts (JSON Schema 2020-12 validation §6.1 to §6.3, §7). */
export function checkScalar(
  { index, budget }: Check,
  node: SchemaNode,
  value: unknown,
  place: Place | undefined,
): Mismatch | undefined {
  const message =
    checkAny(node, value, budget) ??
    (typeof value === 'number' ? checkNumber(node, value) : undefined) ??
    (typeof value === 'string' ? checkText(node, value, index.patterns, budget) : undefined)
  return message === undefined ? undefined : { place, message }
}

const MOST_LISTED = 100
const LONGEST_LIST = 500

function checkAny(node: SchemaNode, value: unknown, budget: Budget): string | undefined {
  const type = keyword(node, 'type')
  const types = Array.isArray(type) ? type : type === undefined ? [] : [type]
  if (types.length > 0 && !types.some((one) => isOfType(value, one))) {
    return `Instance type "${readType(value)}" is invalid. Expected ${types.map((one) => `"${one}"`).join(', ')}.`
  }
  if (Object.hasOwn(node, 'const') && !isEqual(node.const, value, budget)) {
    return `Instance does not match ${shorten(node.const)}.`
  }
  const values = keyword(node, 'enum')
  if (Array.isArray(values) && !includesValue(values, value, budget)) {
    return `Instance does not match any of ${shorten(values)}.`
  }
  return undefined
}

// a schema may list more than an answer should hold
function shorten(value: unknown): string {
  const isLong = Array.isArray(value) && value.length > MOST_LISTED
  const text = JSON.stringify(isLong ? value.slice(0, MOST_LISTED) : value) ?? 'undefined'
  if (!isLong && text.length <= LONGEST_LIST) return text
  return `${text.slice(0, LONGEST_LIST)}…${Array.isArray(value) ? ` (${value.length} values)` : ''}`
}

function readType(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

function isOfType(value: unknown, type: unknown): boolean {
  return type === 'integer' ? Number.isInteger(value) : readType(value) === type
}

function checkNumber(node: SchemaNode, value: number): string | undefined {
  const bound = (name: string): number | undefined => {
    const limit = keyword(node, name)
    return typeof limit === 'number' ? limit : undefined
  }
  // in draft-04, `true` made the inclusive bound exclusive
  const above = bound('exclusiveMinimum') ?? (node.exclusiveMinimum === true ? bound('minimum') : undefined)
  const below = bound('exclusiveMaximum') ?? (node.exclusiveMaximum === true ? bound('maximum') : undefined)
  const [least, most, divisor] = [bound('minimum'), bound('maximum'), bound('multipleOf')]
  if (least !== undefined && value < least) return `${value} is less than ${least}.`
  if (most !== undefined && value > most) return `${value} is greater than ${most}.`
  if (above !== undefined && value <= above) return `${value} is less than or equal to ${above}.`
  if (below !== undefined && value >= below) return `${value} is greater than or equal to ${below}.`
  if (divisor !== undefined && !isMultiple(value, divisor)) return `${value} is not a multiple of ${divisor}.`
  return undefined
}

// in whole numbers, since 0.3 / 0.1 is not 3
function isMultiple(value: number, divisor: number): boolean {
  if (!Number.isFinite(value) || divisor <= 0) return false
  const [digits, exponent] = toInteger(value)
  const [divisorDigits, divisorExponent] = toInteger(divisor)
  const difference = exponent - divisorExponent
  return difference >= 0
    ? (digits * 10n ** BigInt(difference)) % divisorDigits === 0n
    : digits % (divisorDigits * 10n ** BigInt(-difference)) === 0n
}

function toInteger(value: number): [digits: bigint, exponent: number] {
  const [decimal = '0', exponent = '0'] = Math.abs(value).toString().split('e')
  const [whole = '0', fraction = ''] = decimal.split('.')
  return [BigInt(whole + fraction), Number(exponent) - fraction.length]
}

function checkText(
  node: SchemaNode,
  text: string,
  patterns: ReadonlyMap<string, RegExp>,
  budget: Budget,
): string | undefined {
  const [least, most] = [keyword(node, 'minLength'), keyword(node, 'maxLength')]
  if (typeof least === 'number' && text.length < least * 2) {
    const length = countCharacters(text)
    if (length < least) return `String is too short (${length} < ${least}).`
  }
  if (typeof most === 'number' && text.length > most) {
    const length = countCharacters(text)
    if (length > most) return `String is too long (${length} > ${most}).`
  }
  const pattern = keyword(node, 'pattern')
  const format = keyword(node, 'format')
  const hasFormat = typeof format === 'string' ? formats.get(format) : undefined
  if (pattern === undefined && !hasFormat) return undefined
  if (text.length > MOST_CHARACTERS) {
    return `String is longer than ${MOST_CHARACTERS} characters, the most that a pattern or a format is checked against.`
  }
  budget.spendOnText(text)
  if (pattern !== undefined && !patterns.get(pattern as string)?.test(text)) {
    return 'String does not match pattern.'
  }
  return hasFormat && !hasFormat(text) ? `String does not match format "${format}".` : undefined
}

// JSON Schema counts characters, not the units of UTF-16
function countCharacters(text: string): number {
  let length = 0
  for (const _ of text) length++
  return length
}

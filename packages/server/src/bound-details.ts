import { isSecretName } from './redact.ts'

/** Characters that are kept of one text. */
const MAX_TEXT = 4096
/** Characters of all names and texts of a line. */
const MAX_LINE = 16_384
/** Characters that a value counts for besides its text. */
const COST_OF_VALUE = 8
/** Characters of a message that are repeated in the stack. */
const MAX_HEAD = 256
const MAX_DEPTH = 8
const MAX_ENTRIES = 200
const HIDDEN = '[redacted]'
const LEFT_OUT = '[left out]'

/** The characters that are left in a line. */
interface Room {
  left: number
}

/** Shortens a text, and appends how many characters were removed. */
export function cut(text: string, max: number = MAX_TEXT): string {
  return text.length <= max ? text : `${text.slice(0, max)}… (${text.length - max} more characters)`
}

/**
 * Copies the details of a log line to a bounded size, whatever clients send. Long texts are cut before they are searched,
 * values that are nested too deeply or exceed the line are left out, and members with the name of a secret are hidden.
 */
export function boundDetails(details: object): Record<string, unknown> {
  return boundEntries(Object.entries(details), { left: MAX_LINE }, 0)
}

function bound(value: unknown, room: Room, depth: number): unknown {
  room.left -= COST_OF_VALUE
  if (typeof value === 'string') return boundText(value, room)
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_DEPTH || room.left <= 0) return LEFT_OUT
  try {
    return boundObject(value, room, depth)
  } catch {
    // a getter or a proxy that throws must not keep a line from being written
    return '[unreadable]'
  }
}

function boundObject(value: object, room: Room, depth: number): unknown {
  if (value instanceof Error) return boundError(value, room, depth)
  if (Array.isArray(value)) return value.slice(0, MAX_ENTRIES).map((one) => bound(one, room, depth + 1))
  const { toJSON } = value as { toJSON?: unknown }
  if (typeof toJSON === 'function') return bound(toJSON.call(value), room, depth + 1)
  return boundEntries(Object.entries(value), room, depth)
}

function boundEntries(entries: [string, unknown][], room: Room, depth: number): Record<string, unknown> {
  const bounded = entries
    .slice(0, MAX_ENTRIES)
    .map(([name, value]) => [
      boundText(name, room),
      isSecretName(name) ? HIDDEN : bound(value, room, depth + 1),
    ])
  return Object.fromEntries(bounded)
}

/** Copies an error as pino writes it, without repeating its message in the stack and for each cause. */
function boundError(error: Error, room: Room, depth: number): object {
  const { name: _, message: __, stack: ___, cause: ____, ...own } = error as Error & Record<string, unknown>
  const { errors } = error as { errors?: unknown }
  const said = boundText(String(error.message), room)
  const head = `${error.name}: ${error.message}`
  const trace = String(error.stack ?? '')
  return {
    type: bound(error.constructor?.name ?? error.name, room, depth),
    message: said,
    stack: trace.startsWith(head)
      ? `${error.name}: ${cut(said, MAX_HEAD)}${boundText(trace.slice(head.length), room)}`
      : boundText(trace, room),
    ...boundEntries(Object.entries(own), room, depth),
    ...(error.cause !== undefined && { cause: bound(error.cause, room, depth + 1) }),
    ...(errors !== undefined && { errors: bound(errors, room, depth + 1) }),
  }
}

function boundText(text: string, room: Room): string {
  const kept = cut(text, Math.max(0, Math.min(MAX_TEXT, room.left)))
  room.left -= kept.length
  return kept
}

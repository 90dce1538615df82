import { ApiError } from './api-error.ts'
import { isObject } from './objects.ts'
import { type RawAnswer, textOfAnswer } from './read-answer.ts'

const LONGEST_MESSAGE = 1000
const MOST_PROBLEMS = 20

/** The error of an answer that is not 2xx, in the words of its body where it has some. */
export function statusError(answer: RawAnswer): ApiError {
  const { status, statusText, bytes } = answer
  const text = textOfAnswer(answer)
  const body = text === undefined ? bytes : parsed(text)
  const isJson = body !== text && text !== undefined
  const message = (isJson ? wordsOf(body) : statusText) || `HTTP ${status}`
  return new ApiError('status', message.slice(0, LONGEST_MESSAGE), { status, body })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/**
 * What a body says went wrong: `error` (a text, or an object with a message), `message`, the `detail` and
 * `title` of RFC 9457, `error_description` of RFC 6749, and the details in `errors` or in a list in `detail`.
 */
function wordsOf(body: unknown): string | undefined {
  if (Array.isArray(body)) return problemsOf(body).join('; ') || undefined
  if (!isObject(body)) return undefined
  const { error, message, detail, title, error_description: described } = body
  const inner = isObject(error) ? wordsOf(error) : undefined
  const main = text(error) ?? inner
  const more = text(described) ?? text(message) ?? text(detail)
  const head = main && more && main !== more ? `${main}: ${more}` : (main ?? more)
  const lists = [message, detail, body.errors, isObject(error) ? undefined : error]
  const problems = lists.flatMap((list) => (typeof list === 'object' ? problemsOf(list) : []))
  const said = problems.filter((problem) => problem !== head).join('; ')
  if (said === '') return head ?? text(title)
  const start = head ?? text(title)
  return start === undefined ? said : `${start}: ${said}`
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

function problemsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.slice(0, MOST_PROBLEMS).flatMap(problemOf)
  if (!isObject(value)) return []
  return Object.entries(value)
    .slice(0, MOST_PROBLEMS)
    .flatMap(([field, problems]) => {
      const said = [problems].flat().slice(0, MOST_PROBLEMS).flatMap(problemOf).join(', ')
      return said === '' ? [] : [`${field}: ${said}`]
    })
}

function problemOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (!isObject(value)) return []
  const said = [
    value.msg,
    value.message,
    value.detail,
    value.title,
    value.description,
    value.reason,
    value.code,
  ].find(text)
  if (said === undefined) return []
  const place = placeOf(value)
  return [place === undefined ? String(said) : `${place}: ${said}`]
}

/** Where a problem is, as FastAPI, JSON:API, RFC 9457 (its own example) and others say it. */
function placeOf({
  loc,
  field,
  path,
  param,
  pointer,
  source,
  propertyPath,
}: Record<string, unknown>): string | undefined {
  for (const value of [loc, field, path, param, pointer, source, propertyPath]) {
    const found = isObject(value) ? (value.pointer ?? value.parameter) : value
    if (typeof found === 'string' && found !== '') return found
    if (Array.isArray(found) && found.length > 0) return found.slice(0, 20).join('.')
  }
  return undefined
}

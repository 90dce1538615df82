import { ApiError } from './api-error.ts'
import { isObject } from './objects.ts'
import { decodeText, type ReceivedResponse } from './read-response.ts'

const MAX_MESSAGE_LENGTH = 1000
const MAX_PROBLEMS = 20

/** Creates the error of a response whose status is not 2xx. Its message is taken from the body, if that is JSON. */
export function createStatusError(response: ReceivedResponse): ApiError {
  const { status, statusText, bytes } = response
  const toNonEmptyText = decodeText(response)
  const body = toNonEmptyText === undefined ? bytes : parseBody(toNonEmptyText)
  const isJson = body !== toNonEmptyText && toNonEmptyText !== undefined
  const message = (isJson ? describeBody(body) : statusText) || `HTTP ${status}`
  return new ApiError('status', message.slice(0, MAX_MESSAGE_LENGTH), { status, body })
}

function parseBody(toNonEmptyText: string): unknown {
  try {
    return JSON.parse(toNonEmptyText)
  } catch {
    return toNonEmptyText
  }
}

/**
 * Builds a message from a JSON body: `error` (a string, or an object with a message), `message`, `detail` and `title` of
 * RFC 9457, `error_description` of RFC 6749, and the details in `errors` or in a list in `detail`.
 */
function describeBody(body: unknown): string | undefined {
  if (Array.isArray(body)) return listProblems(body).join('; ') || undefined
  if (!isObject(body)) return undefined
  const { error, message, detail, title, error_description: description } = body
  const inner = isObject(error) ? describeBody(error) : undefined
  const main = toNonEmptyText(error) ?? inner
  const more = toNonEmptyText(description) ?? toNonEmptyText(message) ?? toNonEmptyText(detail)
  const head = main && more && main !== more ? `${main}: ${more}` : (main ?? more)
  const lists = [message, detail, body.errors, isObject(error) ? undefined : error]
  const problems = lists.flatMap((list) => (typeof list === 'object' ? listProblems(list) : []))
  const details = problems.filter((problem) => problem !== head).join('; ')
  if (details === '') return head ?? toNonEmptyText(title)
  const start = head ?? toNonEmptyText(title)
  return start === undefined ? details : `${start}: ${details}`
}

const toNonEmptyText = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

function listProblems(value: unknown): string[] {
  if (Array.isArray(value)) return value.slice(0, MAX_PROBLEMS).flatMap(describeProblem)
  if (!isObject(value)) return []
  return Object.entries(value)
    .slice(0, MAX_PROBLEMS)
    .flatMap(([field, problems]) => {
      const details = [problems].flat().slice(0, MAX_PROBLEMS).flatMap(describeProblem).join(', ')
      return details === '' ? [] : [`${field}: ${details}`]
    })
}

function describeProblem(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (!isObject(value)) return []
  const message = [
    value.msg,
    value.message,
    value.detail,
    value.title,
    value.description,
    value.reason,
    value.code,
  ].find(toNonEmptyText)
  if (message === undefined) return []
  const place = findPlace(value)
  return [place === undefined ? String(message) : `${place}: ${message}`]
}

/** Finds the place of a problem in the members that FastAPI, JSON:API, the example of RFC 9457 and others use. */
function findPlace({
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

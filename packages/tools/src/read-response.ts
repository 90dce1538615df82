import { ApiError, statusError } from './api-error.ts'

/**
 * What an answer holds: JSON where it says so, text otherwise, undefined where there is nothing.
 *
 * @param limit - Bytes that are read at most.
 * @throws ApiError `status`, `response-too-large` or `invalid-json`.
 */
export async function readResponse(response: Response, limit: number): Promise<unknown> {
  const { status, ok, headers } = response
  const text = await readText(response, limit)
  if (!ok) throw statusError(response, text)
  if (text === undefined) {
    throw new ApiError('response-too-large', `The answer has more than ${limit} bytes`, { status })
  }
  if (status === 204 || status === 205) return undefined
  if (!/[/+]json$/i.test(headers.get('content-type')?.split(';')[0]?.trim() ?? '')) return text
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ApiError('invalid-json', 'The answer is no valid JSON', { status, body: text, cause })
  }
}

/** Undefined for a body of more bytes than may be read. */
async function readText({ body, headers }: Response, limit: number): Promise<string | undefined> {
  if (!body) return ''
  const isDecoded = headers.has('content-encoding')
  if (!isDecoded && Number(headers.get('content-length') ?? 0) > limit) return leave(body)
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  const reader = body.getReader()
  for (let read = await reader.read(); read.value; read = await reader.read()) {
    size += read.value.byteLength
    if (size > limit) return leave(reader)
    text += decoder.decode(read.value, { stream: true })
  }
  return text + decoder.decode()
}

function leave(body: { cancel(): Promise<void> }): undefined {
  body.cancel().catch(() => {})
}

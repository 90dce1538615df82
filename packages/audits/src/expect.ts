import type { Json, Message, Reply } from './reply.ts'

/** Throws an error with what was expected and received. */
export function expect(holds: boolean, expected: string, got: unknown): asserts holds {
  if (!holds) throw new Error(`expected ${expected}, got ${show(got)}`)
}

export function expectEqual(got: unknown, wanted: unknown, what: string): void {
  expect(canonical(got) === canonical(wanted), `${what} to be ${show(wanted)}`, got)
}

/** Expects that a text contains no stack trace. The message of a thrown error is allowed. */
export function expectNoStack(text: string): void {
  const frames = text.split(/\sat /).slice(1)
  expect(!frames.some((frame) => /^[^\n]*:\d+:\d+/.test(frame)), 'no stack', text)
}

export function expectStatus(reply: Reply, ...statuses: number[]): void {
  expect(statuses.includes(reply.status), `HTTP ${statuses.join(' or ')}`, summary(reply))
}

/** Expects the content type of an answer to a request: JSON, or an event stream. */
export function expectAnswerType({ headers }: Reply): void {
  const type = headers.get('content-type') ?? ''
  expect(/^(application\/json|text\/event-stream)(;|$)/.test(type), 'JSON or an event stream', type)
}

/** Expects the Allow header of a 405 to name POST. */
export function expectAllowsPost(headers: Headers): void {
  const allow = headers.get('allow') ?? ''
  const methods = allow.split(',').map((method) => method.trim())
  expect(methods.includes('POST'), 'Allow to name POST', allow)
}

/** The result of a request that was served; it must answer the id that was asked with. */
export function getResult(reply: Reply): Json {
  expectStatus(reply, 200)
  const final = reply.messages.at(-1)
  expect(isObject(final?.result), 'a result', summary(reply))
  expectEnvelope(final, reply)
  return final.result
}

/** The error of a request that was refused: its HTTP status and its JSON-RPC code. */
export function getError(
  reply: Reply,
  status: number | number[],
  code: number | number[],
): NonNullable<Message['error']> {
  const statuses = [status].flat()
  const codes = [code].flat()
  const final = reply.messages.at(-1)
  const error = final?.error
  expect(
    statuses.includes(reply.status) && isObject(error) && codes.includes(error.code),
    `HTTP ${statuses.join(' or ')} with error ${codes.join(' or ')}`,
    summary(reply),
  )
  expect(typeof error.message === 'string', 'error.message to be a string', error)
  expectEnvelope(final as Message, reply)
  return error
}

function expectEnvelope(message: Message, { asked }: Reply): void {
  expectEqual(message.jsonrpc, '2.0', 'jsonrpc')
  if (asked !== undefined) expectEqual(message.id, asked, 'the id of the answer')
}

/** A tool's result that is no failure. */
export function getToolResult(reply: Reply): Json {
  const result = getResult(reply)
  expect(result.isError !== true, 'a tool result that is no failure', result)
  return result
}

/** The text of a result's first content block. */
export function getText(result: Json): string {
  const [block] = Array.isArray(result.content) ? (result.content as Json[]) : []
  expect(typeof block?.text === 'string', 'a text block', result)
  return block.text
}

/** The notifications of a reply, before its answer. */
export function getNotifications(reply: Reply, method?: string): Message[] {
  return reply.messages.filter(
    (message) =>
      message.method !== undefined &&
      !('id' in message) &&
      (method === undefined || message.method === method),
  )
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function summary({ status, headers, text }: Reply): string {
  return `HTTP ${status} ${headers.get('content-type') ?? 'without content type'}: ${text || '(empty)'}`
}

function show(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return text.length > 400 ? `${text.slice(0, 400)}…` : text
}

function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  )
}

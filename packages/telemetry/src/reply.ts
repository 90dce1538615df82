import { isObject } from './calls.ts'

/** The outcome of a message. */
export interface Outcome {
  /** The class of the error; undefined without one. */
  errorType?: string
  /** The code of a JSON-RPC error. */
  code?: number
}

/** Returns the outcome of the message that a reply answers. */
export function readOutcome(reply: Record<string, unknown>): Outcome {
  const { error, result } = reply
  if (isObject(error)) {
    const code = Number.isSafeInteger(error.code) ? (error.code as number) : undefined
    return { errorType: String(code ?? '_OTHER'), code }
  }
  return isObject(result) && result.isError === true ? { errorType: 'tool_error' } : {}
}

/** Returns whether a message is a JSON-RPC response. */
export const isReply = (message: unknown): message is Record<string, unknown> =>
  isObject(message) && !('method' in message) && ('result' in message || 'error' in message)

/** Reads the messages in JSON text. Returns none if it is not JSON. */
export function readMessages(text: string): unknown[] {
  try {
    return [JSON.parse(text)].flat()
  } catch {
    return []
  }
}

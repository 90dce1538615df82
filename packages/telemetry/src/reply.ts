import { isObject } from './calls.ts'

/** How a message ended. */
export interface Outcome {
  /** A class of error; undefined where there was none. */
  errorType?: string
  /** The code of a JSON-RPC error. */
  code?: number
}

/** How the message ended that a reply answers. */
export function outcomeOf(reply: Record<string, unknown>): Outcome {
  const { error, result } = reply
  if (isObject(error)) {
    const code = Number.isSafeInteger(error.code) ? (error.code as number) : undefined
    return { errorType: String(code ?? '_OTHER'), code }
  }
  return isObject(result) && result.isError === true ? { errorType: 'tool_error' } : {}
}

/** Whether what was sent is a response, or part of one. */
export const isReply = (message: unknown): message is Record<string, unknown> =>
  isObject(message) && !('method' in message) && ('result' in message || 'error' in message)

/** The messages of a JSON text; none where it is not JSON. */
export function readMessages(text: string): unknown[] {
  try {
    return [JSON.parse(text)].flat()
  } catch {
    return []
  }
}

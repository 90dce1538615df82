import type { JSONRPCRequest, JSONRPCResponse, LoggingLevel } from '@modelcontextprotocol/sdk/types.js'
import { errorMessage, invalidParams, LOG_LEVELS, sanitizeError, toRefusal } from '@portico-mcp/core/internal'
import type { Session } from '../session.ts'
import { listSubscriptions, measureBytes, subscriptionKey } from '../store/session-state.ts'

const MAX_SUBSCRIPTIONS = 1000
const MAX_URI_LENGTH = 2048

/** The maximum size in bytes of a record. It stays below the 64 kB that stores promise to hold. */
const MAX_RECORD_BYTES = 60_000

const METHOD_NOT_FOUND = -32601

const SETTINGS = ['logging/setLevel', 'resources/subscribe', 'resources/unsubscribe']

/** Whether a request changes the record of the session. */
export const isSetting = (method: string): boolean => SETTINGS.includes(method)

/** Stores a setting that the server accepted. Subscriptions are also stored if the server has no handler for them. */
export async function applySetting(
  session: Session,
  request: JSONRPCRequest,
  response: JSONRPCResponse,
): Promise<JSONRPCResponse> {
  const { repository, handlerContext } = session.node
  const { id, method, params } = request
  const isLevel = method === 'logging/setLevel'
  if (!repository.isMutable) {
    const what = isLevel ? 'a log level' : 'subscriptions'
    return errorMessage(id, {
      code: METHOD_NOT_FOUND,
      message: `A session with an encrypted id cannot store ${what}`,
      data: undefined,
    })
  }
  const isHandledHere = !isLevel && session.state.supportsSubscriptions && isMethodNotFound(response)
  if ('error' in response && !isHandledHere) return sanitizeError(response, request, handlerContext)
  try {
    if (isLevel) await storeLevel(session, params?.level)
    // Subscriptions are stored one after the other, so that two at once cannot exceed the limit.
    else
      await session.queue.run(() => storeSubscription(session, params?.uri, method === 'resources/subscribe'))
    return isHandledHere ? { jsonrpc: '2.0', id, result: {} } : response
  } catch (error) {
    handlerContext.report(error)
    return errorMessage(id, toRefusal(error))
  }
}

const isMethodNotFound = (response: JSONRPCResponse): boolean =>
  'error' in response && response.error.code === METHOD_NOT_FOUND

async function storeLevel(session: Session, level: unknown): Promise<void> {
  if (!LOG_LEVELS.includes(level)) throw invalidParams(`params.level must be one of ${LOG_LEVELS.join(', ')}`)
  await session.change({ logLevel: level as LoggingLevel })
}

async function storeSubscription(session: Session, uri: unknown, wanted: boolean): Promise<void> {
  if (typeof uri !== 'string' || uri.length > MAX_URI_LENGTH) {
    throw invalidParams(`params.uri must be a string of at most ${MAX_URI_LENGTH} characters`)
  }
  const key = subscriptionKey(uri)
  if (session.state[key] === (wanted || undefined)) return
  if (wanted && listSubscriptions(session.state).length >= MAX_SUBSCRIPTIONS) {
    throw invalidParams(`A session has at most ${MAX_SUBSCRIPTIONS} subscriptions`)
  }
  if (wanted && measureBytes({ ...session.state, [key]: true }) > MAX_RECORD_BYTES) {
    throw invalidParams(`A session has at most ${MAX_RECORD_BYTES} bytes, and this subscription does not fit`)
  }
  await session.change({ [key]: wanted || null })
}

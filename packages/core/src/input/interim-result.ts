import type { JSONRPCResponse, Result } from '@modelcontextprotocol/sdk/types.js'
import { URL_ELICITATION_REQUIRED } from '../http/errors.ts'
import { RELATED_TASK_META_KEY } from '../protocol/sdk.ts'
import { isObject } from '../utils/type-guards.ts'
import type { ServerRequest } from './client-requests.ts'
import { isInputRequiredResult } from './input-required.ts'

/** What the client is asked before it gets its answer. */
export interface Interim {
  inputRequests?: Record<string, ServerRequest>
  requestState?: string
  _meta?: Result['_meta']
}

/** A question as 2026-07-28 puts it, and the same each time that it is asked. */
export function normalizeRequest({ method, params = {} }: ServerRequest): ServerRequest {
  const { elicitationId: _, _meta, ...asked } = params
  const { progressToken: __, [RELATED_TASK_META_KEY]: ___, ...meta } = _meta ?? {}
  if (Object.keys(meta).length > 0) return { method, params: { ...asked, _meta: meta } }
  return Object.keys(asked).length > 0 ? { method, params: asked } : { method }
}

/** What a handler wants to know that has ended with that; undefined for any other answer. */
export function readInterim(response: JSONRPCResponse): Interim | undefined {
  if ('result' in response) {
    if (!isInputRequiredResult(response.result)) return undefined
    const { inputRequests, requestState, _meta } = response.result as Interim
    return { inputRequests, requestState, _meta }
  }
  // 2026-07-28 has no such error
  const { code, data } = response.error
  if (code !== URL_ELICITATION_REQUIRED || !isObject(data) || !Array.isArray(data.elicitations))
    return undefined
  const questions = data.elicitations.map((params, index) => [
    `open-${index + 1}`,
    normalizeRequest({ method: 'elicitation/create', params: isObject(params) ? params : {} }),
  ])
  return { inputRequests: Object.fromEntries(questions) }
}

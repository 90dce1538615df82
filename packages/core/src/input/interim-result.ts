import type { JSONRPCResponse, Result } from '@modelcontextprotocol/sdk/types.js'
import { URL_ELICITATION_REQUIRED } from '../http/errors.ts'
import { RELATED_TASK_META_KEY } from '../protocol/sdk.ts'
import { isObject } from '../utils/type-guards.ts'
import type { ServerRequest } from './client-requests.ts'
import { isInputRequiredResult } from './input-required.ts'

/** The requests and the state of an `input_required` result. */
export interface Interim {
  inputRequests?: Record<string, ServerRequest>
  requestState?: string
  _meta?: Result['_meta']
}

/** Returns a request in the form of 2026-07-28, without members that differ each time it is made. */
export function normalizeRequest({ method, params = {} }: ServerRequest): ServerRequest {
  const { elicitationId: _, _meta, ...asked } = params
  const { progressToken: __, [RELATED_TASK_META_KEY]: ___, ...meta } = _meta ?? {}
  if (Object.keys(meta).length > 0) return { method, params: { ...asked, _meta: meta } }
  return Object.keys(asked).length > 0 ? { method, params: asked } : { method }
}

/** Reads the input that a handler's reply asks for; undefined for any other reply. */
export function readInterim(response: JSONRPCResponse): Interim | undefined {
  if ('result' in response) {
    if (!isInputRequiredResult(response.result)) return undefined
    const { inputRequests, requestState, _meta } = response.result as Interim
    return { inputRequests, requestState, _meta }
  }
  // 2026-07-28 has no error for URL elicitations that are required: they become requests.
  const { code, data } = response.error
  if (code !== URL_ELICITATION_REQUIRED || !isObject(data) || !Array.isArray(data.elicitations))
    return undefined
  const questions = data.elicitations.map((params, index) => [
    `open-${index + 1}`,
    normalizeRequest({ method: 'elicitation/create', params: isObject(params) ? params : {} }),
  ])
  return { inputRequests: Object.fromEntries(questions) }
}

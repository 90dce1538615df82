import type {
  CallToolResult,
  CreateMessageRequestParams,
  CreateMessageResultWithTools,
  ElicitRequestFormParams,
  ElicitRequestURLParams,
  ElicitResult,
  GetPromptResult,
  JSONRPCMessage,
  ReadResourceResult,
  Root,
} from '@modelcontextprotocol/sdk/types.js'
import { isObject } from '../utils/type-guards.ts'

/** Something that a client is asked for before it gets its answer (2026-07-28 multi round-trip requests). */
export type InputRequest =
  | {
      method: 'elicitation/create'
      params: ElicitRequestFormParams | Omit<ElicitRequestURLParams, 'elicitationId'>
    }
  | { method: 'sampling/createMessage'; params: CreateMessageRequestParams }
  | { method: 'roots/list' }

/** What a handler needs to know before it can answer. */
export interface InputRequiredSpec {
  /** What to ask the client, by a key of the handler's choice; the answers come back under the same keys. */
  inputRequests?: Record<string, InputRequest>
  /** What the handler wants to find again with the answers; sealed on its way. */
  requestState?: string
}

/** A result that asks for input; see {@link inputRequired}. */
export interface InputRequiredResult extends InputRequiredSpec {
  resultType: 'input_required'
}

/** Typed as the result of every handler that may return it. */
type Returnable = InputRequiredResult & CallToolResult & GetPromptResult & ReadResourceResult

interface InputRequiredBuilder {
  (spec: InputRequiredSpec): Returnable
  /** A form for the user; the content that comes back is not checked against its schema. */
  elicit(params: ElicitRequestFormParams): InputRequest
  /** A URL for the user to open. */
  elicitUrl(params: Omit<ElicitRequestURLParams, 'mode' | 'elicitationId'>): InputRequest
  /** A message for the client's model to write. */
  createMessage(params: CreateMessageRequestParams): InputRequest
  /** The client's roots. */
  listRoots(): InputRequest
}

/**
 * The result of a tool, prompt or resource that needs input of its client first. The handler is called
 * again with the answers in {@link inputResponses}.
 *
 * @param spec - At least one of `inputRequests` and `requestState`.
 * @throws TypeError for a spec that has neither.
 *
 * @example
 * ```ts
 * import { acceptedContent, createMcpHandler, inputRequired, inputResponses, McpServer } from '@portico-mcp/core'
 * import { z } from 'zod'
 *
 * const answer = z.object({ sure: z.boolean() })
 *
 * export default createMcpHandler(() => {
 *   const server = new McpServer({ name: 'disk', version: '1.0.0' })
 *   server.registerTool('format', {}, async (extra) => {
 *     const accepted = acceptedContent(inputResponses(extra), 'confirm', answer)
 *     if (accepted) return { content: [{ type: 'text', text: accepted.sure ? 'Formatted' : 'Left alone' }] }
 *     const confirm = inputRequired.elicit({
 *       message: 'Format the disk?',
 *       requestedSchema: { type: 'object', properties: { sure: { type: 'boolean' } }, required: ['sure'] },
 *     })
 *     return inputRequired({ inputRequests: { confirm } })
 *   })
 *   return server
 * })
 * ```
 */
export const inputRequired: InputRequiredBuilder = Object.assign(
  (spec: InputRequiredSpec) => {
    if (Object.keys(spec.inputRequests ?? {}).length === 0 && typeof spec.requestState !== 'string') {
      throw new TypeError('inputRequired needs inputRequests or requestState')
    }
    return { resultType: 'input_required', ...spec } as Returnable
  },
  {
    elicit: (params) => ({ method: 'elicitation/create', params: { ...params, mode: 'form' } }),
    elicitUrl: (params) => ({ method: 'elicitation/create', params: { ...params, mode: 'url' } }),
    createMessage: (params) => ({ method: 'sampling/createMessage', params }),
    listRoots: () => ({ method: 'roots/list' }),
  } satisfies Pick<InputRequiredBuilder, keyof InputRequiredBuilder>,
)

/** Whether a result asks for input. */
export const isInputRequiredResult = (value: unknown): value is InputRequiredResult =>
  isObject(value) && value.resultType === 'input_required'

/** Whether a message is an answer that asks for input. */
export const requiresInput = (message: JSONRPCMessage): boolean =>
  'result' in message && isInputRequiredResult(message.result)

/** One answer of a client, told apart by its form. */
export type InputResponseView =
  | { kind: 'missing' }
  | { kind: 'elicit'; action: ElicitResult['action']; content?: Record<string, unknown> }
  | { kind: 'sampling'; result: CreateMessageResultWithTools }
  | { kind: 'roots'; roots: Root[] }

/**
 * Reads one answer of the client. Nothing else of it is checked: it is input like any other.
 *
 * @returns `missing` for a key without an answer that can be read.
 */
export function inputResponse(
  responses: Record<string, unknown> | undefined,
  key: string,
): InputResponseView {
  const response = responses && Object.hasOwn(responses, key) ? responses[key] : undefined
  if (!isObject(response)) return { kind: 'missing' }
  const { action, content, roots, role } = response
  if (action === 'accept' || action === 'decline' || action === 'cancel') {
    return { kind: 'elicit', action, ...(isObject(content) && { content }) }
  }
  if (Array.isArray(roots)) return { kind: 'roots', roots }
  if (typeof role !== 'string' || content === undefined) return { kind: 'missing' }
  return { kind: 'sampling', result: response as unknown as CreateMessageResultWithTools }
}

/** What core needs of a schema (Standard Schema, which zod implements). */
interface Schema<Output> {
  readonly '~standard': {
    readonly validate: (
      value: unknown,
    ) =>
      | { readonly value: Output; readonly issues?: undefined }
      | { readonly issues: object }
      | Promise<unknown>
  }
}

/**
 * What the user filled in, if the form under a key was accepted.
 *
 * @param responses - See {@link inputResponses}.
 * @param schema - Any Standard Schema that validates synchronously; without one the content is not checked.
 * @returns undefined for a form that was declined, cancelled or not answered, and for content that the
 *   schema does not allow.
 * @throws TypeError for a schema that validates asynchronously.
 */
export function acceptedContent<Output = Record<string, unknown>>(
  responses: Record<string, unknown> | undefined,
  key: string,
  schema?: Schema<Output>,
): Output | undefined {
  const view = inputResponse(responses, key)
  if (view.kind !== 'elicit' || view.action !== 'accept' || !view.content) return undefined
  if (!schema) return view.content as Output
  const outcome = schema['~standard'].validate(view.content)
  if (outcome instanceof Promise) throw new TypeError('The schema must validate synchronously')
  return 'value' in outcome ? outcome.value : undefined
}

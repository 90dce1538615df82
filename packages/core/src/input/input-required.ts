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

/** A request that a client has to answer before it gets its result (2026-07-28 multi round-trip requests). */
export type InputRequest =
  | {
      method: 'elicitation/create'
      params: ElicitRequestFormParams | Omit<ElicitRequestURLParams, 'elicitationId'>
    }
  | { method: 'sampling/createMessage'; params: CreateMessageRequestParams }
  | { method: 'roots/list' }

/** The input that a handler needs before it can answer. */
export interface InputRequiredSpec {
  /** The requests to the client, by keys that the handler chooses; the answers come back under the same keys. */
  inputRequests?: Record<string, InputRequest>
  /** State that the handler gets back with the answers. It is encrypted for the way over the client. */
  requestState?: string
}

/** A result that asks for input; see {@link inputRequired}. */
export interface InputRequiredResult extends InputRequiredSpec {
  resultType: 'input_required'
}

/** It is typed as the result of every handler that may return it. */
type Returnable = InputRequiredResult & CallToolResult & GetPromptResult & ReadResourceResult

interface InputRequiredBuilder {
  (spec: InputRequiredSpec): Returnable
  /** Asks the user to fill in a form; the content that comes back is not validated by its schema. */
  elicit(params: ElicitRequestFormParams): InputRequest
  /** Asks the user to open a URL. */
  elicitUrl(params: Omit<ElicitRequestURLParams, 'mode' | 'elicitationId'>): InputRequest
  /** Asks the client's model for a message. */
  createMessage(params: CreateMessageRequestParams): InputRequest
  /** Asks for the client's roots. */
  listRoots(): InputRequest
}

/**
 * Creates the result of a tool, prompt or resource that needs input of its client first. The handler is called again
 * with the answers in {@link inputResponses}.
 *
 * @param spec - At least one of `inputRequests` and `requestState`.
 * @throws TypeError if the spec has neither.
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

/** Whether a message is a response that asks for input. */
export const requiresInput = (message: JSONRPCMessage): boolean =>
  'result' in message && isInputRequiredResult(message.result)

/** One answer of a client; `kind` says what was asked for. */
export type InputResponseView =
  | { kind: 'missing' }
  | { kind: 'elicit'; action: ElicitResult['action']; content?: Record<string, unknown> }
  | { kind: 'sampling'; result: CreateMessageResultWithTools }
  | { kind: 'roots'; roots: Root[] }

/**
 * Reads one answer of the client. Validate its content as any other input: nothing but its form is checked here.
 *
 * @returns An answer of kind `missing` if the key has no answer, or one of an unknown form.
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

/** The part of a schema that core uses (Standard Schema, which zod implements). */
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
 * Returns the content of a form that the user has accepted.
 *
 * @param responses - See {@link inputResponses}.
 * @param schema - Any Standard Schema that validates synchronously; without one the content is not validated.
 * @returns undefined if the form was declined, cancelled or not answered, or if the schema does not allow the content.
 * @throws TypeError if the schema validates asynchronously.
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

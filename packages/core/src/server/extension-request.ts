import type { JSONRPCRequest, JSONRPCResponse } from '@modelcontextprotocol/sdk/types.js'
import { Refusal, toRefusal } from '../http/errors.ts'
import { errorMessage } from '../protocol/json-rpc.ts'
import { boundError } from '../protocol/validation-bounds.ts'
import { isObject } from '../utils/type-guards.ts'
import type { ExtensionRequest, McpExtension } from './extension.ts'
import { sendable } from './guard-handlers.ts'

/** A request before it is described for an extension. */
export type IncomingRequest = Omit<ExtensionRequest, 'isDeclared'>

/** Describes a request for an extension. */
export const describeRequest = (incoming: IncomingRequest, extension: McpExtension): ExtensionRequest => ({
  ...incoming,
  isDeclared: declares(incoming, extension),
})

/** Whether the client of a request declares an extension. */
export function declares({ clientCapabilities }: IncomingRequest, { id }: McpExtension): boolean {
  const { extensions } = clientCapabilities as { extensions?: unknown }
  return isObject(extensions) && isObject(extensions[id])
}

/** Creates the response for an error of an extension. */
export function failure(id: JSONRPCRequest['id'], thrown: unknown): JSONRPCResponse {
  if (thrown instanceof Refusal) throw thrown
  const { code, message, data } = boundError(sendable(thrown)) as {
    code?: unknown
    message: string
    data?: unknown
  }
  if (!Number.isSafeInteger(code)) throw toRefusal(thrown)
  return errorMessage(id, { code: code as number, message, data }) as never
}

/** Refuses a request of a client that does not declare an extension. */
export const notDeclared = ({ id }: McpExtension): Refusal =>
  new Refusal('missing-capability', `The request does not declare the extension ${id}`, {
    data: { requiredCapabilities: { extensions: { [id]: {} } } },
  })

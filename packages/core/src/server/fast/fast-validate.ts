import type { InitializeRequest } from '@modelcontextprotocol/sdk/types.js'
import { isPlainMeta } from '../../protocol/envelope.ts'
import { isObject } from '../../protocol/json-rpc.ts'

// what most messages look like is known without a schema, which would only copy it

const hasOnly = (value: Record<string, unknown>, count: number): boolean =>
  Object.keys(value).length === count

/** Whether the params of `tools/call` are valid, and ask for nothing but a call. */
export const isPlainCall = (params: Record<string, unknown> = {}): boolean =>
  typeof params.name === 'string' &&
  params.task === undefined &&
  (params.arguments === undefined ||
    // zod leaves out a member of that name
    (isObject(params.arguments) && !Object.hasOwn(params.arguments, '__proto__'))) &&
  isPlainMeta(params._meta)

/** Whether the params of `initialize` are valid, of a client that declares nothing. */
export const isPlainIntroduction = (params: unknown): params is InitializeRequest['params'] =>
  isObject(params) &&
  hasOnly(params, 3) &&
  typeof params.protocolVersion === 'string' &&
  isObject(params.capabilities) &&
  hasOnly(params.capabilities, 0) &&
  isObject(params.clientInfo) &&
  hasOnly(params.clientInfo, 2) &&
  typeof params.clientInfo.name === 'string' &&
  typeof params.clientInfo.version === 'string'

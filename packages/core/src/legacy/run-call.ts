import type { JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import { CallHooks } from '../server/extension-call.ts'
import type { HandlerContext } from '../server/handler-context.ts'
import { runExtensions } from '../server/run-around-call.ts'
import { readTaskSupport } from '../server/task-support.ts'
import type { CallingServer, ExtendedCall, LegacyCaller } from './extension-point.ts'
import { toLegacyRequest } from './serve.ts'

/** Runs a call of a transport such as sessions through the extensions that run calls; undefined if there are none. */
export function runLegacyCall(
  handler: HandlerContext,
  message: JSONRPCRequest,
  caller: LegacyCaller,
  { server, extra, proceed, cancel, listTools }: CallingServer,
): ExtendedCall | undefined {
  if (!handler.extensions.hooks(message.method)) return undefined
  const hooks = new CallHooks(toLegacyRequest(message, caller))
  hooks.extra = extra
  const tool = String(message.params?.name)
  const readSupport = () => readTaskSupport(handler.tools, server, tool, listTools)
  const running = { proceed, cancel, readTaskSupport: readSupport }
  return { hooks, answer: runExtensions(handler, hooks, running) }
}

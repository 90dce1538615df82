import type { ZodRawShapeCompat } from '@modelcontextprotocol/sdk/server/zod-compat.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { toIdText } from '@portico-mcp/core/internal'
import type {
  Awaitable,
  Extra,
  GatedToolDef,
  GatedToolRegistrarOptions,
  ToolCallContext,
} from './gated-tool.ts'
import { getToolArguments } from './tool-arguments.ts'
import { getVerifiedIdentity, hasScope, hasVerifiedScope, type ToolIdentity } from './tool-identity.ts'

/** The options of a registrar with their defaults. */
export interface CallSettings<Identity extends ToolIdentity, Context extends object>
  extends GatedToolRegistrarOptions<Identity, Context> {
  enforceScope: boolean
  notFoundMessage: string
}

/** Finds the identity of the current caller. Returns undefined if there is none, or if it has no `userId`. */
export async function findCaller<Identity extends ToolIdentity, Context extends object>({
  resolveIdentity = getVerifiedIdentity as () => Identity | undefined,
}: CallSettings<Identity, Context>): Promise<Identity | undefined> {
  try {
    const identity = await resolveIdentity()
    // Tools look things up by `userId`, and an empty one would find records of others.
    return identity && toIdText(identity.userId) !== undefined ? identity : undefined
  } catch {
    return undefined
  }
}

/** Whether a caller has the scope of a tool. */
export function isPermitted<Identity extends ToolIdentity, Context extends object>(
  identity: Identity,
  scope: string | undefined,
  { enforceScope, resolveIdentity }: CallSettings<Identity, Context>,
): boolean {
  if (!enforceScope || scope === undefined) return true
  // For a verified token, `withAuth` has decided which scopes count.
  return resolveIdentity ? hasScope(identity, scope) : hasVerifiedScope(scope)
}

/**
 * Answers a call of a gated tool.
 *
 * @param sent - The arguments, which have not been validated.
 * @throws what a gate, `buildContext` or the method throws, and McpError if the arguments do not match the schema.
 */
export async function serveGatedCall<Identity extends ToolIdentity, Context extends object>(
  tool: GatedToolDef<Identity, Context, ZodRawShapeCompat>,
  sent: object,
  extra: Extra,
  settings: CallSettings<Identity, Context>,
): Promise<CallToolResult> {
  const identity = await findCaller(settings)
  if (!identity) return buildError('Unauthorized')
  if (!isPermitted(identity, tool.requiredScope, settings)) {
    return buildError(`Tool ${tool.name} requires the scope "${tool.requiredScope}"`)
  }
  const expected = getToolArguments(tool.inputSchema ?? {})
  const args = await expected.read(tool.name, sent)
  const call = { identity, args, handler: tool.name, extra }
  for (const gate of [...(settings.gates ?? []), ...(tool.gates ?? [])]) await gate(call)
  const context = await settings.buildContext?.(call)
  // A caller must not choose its own `userId`: an argument of that name counts only if the schema declares it.
  const caller = expected.declares('userId') ? {} : { userId: identity.userId }
  return callMethod(tool, { ...args, ...caller, ...context }, call, settings)
}

async function callMethod<Identity extends ToolIdentity, Context extends object>(
  tool: GatedToolDef<Identity, Context, ZodRawShapeCompat>,
  args: object,
  call: ToolCallContext<Identity>,
  { notFoundMessage, onError }: CallSettings<Identity, Context>,
): Promise<CallToolResult> {
  try {
    const result = await tool.method(args as Parameters<typeof tool.method>[0], call)
    if (result === null || result === undefined) return buildError(notFoundMessage)
    return { content: [{ type: 'text', text: JSON.stringify(result) }] }
  } catch (error) {
    await reportError(onError, error, call)
    throw error
  }
}

async function reportError<Call>(
  onError: ((error: unknown, call: Call) => Awaitable<void>) | undefined,
  error: unknown,
  call: Call,
): Promise<void> {
  try {
    await onError?.(error, call)
  } catch {
    // The error of the method is the one that is thrown.
  }
}

const buildError = (error: string): CallToolResult => ({
  isError: true,
  content: [{ type: 'text', text: JSON.stringify({ error }) }],
})

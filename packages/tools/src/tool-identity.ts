import { checkScopes, getIdentity } from '@portico-mcp/auth'
import { toIdText } from '@portico-mcp/core/internal'

/** The caller of a gated tool. */
export interface ToolIdentity {
  /** The id of the caller, which tools get among their arguments. */
  userId: string
  /** Scopes in one string, separated by spaces. @defaultValue none */
  scope?: string
  /** Scopes in a list, in addition to those of `scope`. @defaultValue none */
  scopes?: readonly string[]
}

/** Returns the caller that `withAuth` verified. `userId` is the claim of that name, else `id` of `getIdentity()`. */
export function getVerifiedIdentity(): ToolIdentity | undefined {
  const identity = getIdentity()
  return identity && { ...identity, userId: toIdText(identity.userId) ?? String(identity.id) }
}

/** Whether a caller has a scope. */
export function hasScope({ scope, scopes }: ToolIdentity, required: string): boolean {
  const named = typeof scope === 'string' ? scope.split(' ') : []
  // `includes` of a string would match parts of a scope.
  const listed = Array.isArray(scopes) ? scopes : []
  return named.includes(required) || listed.includes(required)
}

/** Whether the caller that `withAuth` verified has a scope, directly or by `scopeHierarchy`. */
export function hasVerifiedScope(required: string): boolean {
  try {
    checkScopes([required])
    return true
  } catch {
    return false
  }
}

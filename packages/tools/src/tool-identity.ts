import { checkScopes, getIdentity } from '@portico-mcp/auth'
import { textOfId } from '@portico-mcp/core/internal'

/** Who calls a gated tool. */
export interface ToolIdentity {
  /** The caller's id; tools find it among their arguments. */
  userId: string
  /** Scopes in one string, with spaces between. */
  scope?: string
  /** Scopes in a list; they count besides those of `scope`. */
  scopes?: readonly string[]
}

/** The caller that `withAuth` verified: `userId` is that of the claims, else what `getIdentity()` has as `id`. */
export function verifiedIdentity(): ToolIdentity | undefined {
  const identity = getIdentity()
  return identity && { ...identity, userId: textOfId(identity.userId) ?? String(identity.id) }
}

/** Whether a caller holds a scope. */
export function holdsScope({ scope, scopes }: ToolIdentity, required: string): boolean {
  const named = typeof scope === 'string' ? scope.split(' ') : []
  // a string would hold every part of itself
  const listed = Array.isArray(scopes) ? scopes : []
  return named.includes(required) || listed.includes(required)
}

/** Whether the caller that `withAuth` verified holds a scope, by its hierarchy too. */
export function isVerifiedFor(required: string): boolean {
  try {
    checkScopes([required])
    return true
  } catch {
    return false
  }
}

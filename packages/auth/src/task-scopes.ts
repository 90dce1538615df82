import { setToolPermission } from '@portico-mcp/core/internal'
import { coversScopes, type ScopeHierarchy } from './hierarchy.ts'
import type { ScopeRules } from './scope-rules.ts'
import type { AuthInfo } from './verifier.ts'

const missing = new WeakMap<Request, readonly string[]>()

/** Requires the scopes of a tool for the tasks that its calls have become. */
export function requireTaskScopes(
  authInfo: AuthInfo,
  rules: ScopeRules,
  hierarchy: ScopeHierarchy | undefined,
): void {
  setToolPermission(authInfo, (tool, http) => {
    const needed = rules.required({ type: 'tool', name: tool })
    const isCovered = coversScopes(authInfo.scopes, needed, hierarchy)
    if (!isCovered && http) missing.set(http, needed)
    return isCovered
  })
}

/** The scopes of a tool whose task a request was for, if its caller lacks some of them. */
export const findMissingTaskScopes = (request: Request): readonly string[] | undefined => missing.get(request)

/** Which scopes a scope includes, such as `{ admin: ['notes:write'], 'notes:write': ['notes:read'] }`. */
export type ScopeHierarchy = Readonly<Record<string, readonly string[]>>

/** Whether granted scopes, and all that they include, cover what is required. */
export function coversScopes(
  granted: readonly string[],
  required: readonly string[],
  hierarchy: ScopeHierarchy = {},
): boolean {
  if (required.length === 0) return true
  const held = new Set(granted)
  // a set grows while it is walked
  for (const scope of held) {
    if (Object.hasOwn(hierarchy, scope)) for (const included of hierarchy[scope]!) held.add(included)
  }
  return required.every((scope) => held.has(scope))
}

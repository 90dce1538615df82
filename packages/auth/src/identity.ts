import { callers } from './context.ts'
import { coversScopes } from './hierarchy.ts'
import type { Claims } from './verifier.ts'

/** The claims of a verified token, with what every kind of token has. */
export type Identity<T = Claims> = T & {
  /** The `sub` claim; empty where there is none. */
  id: string
  /** The client that the token was issued to. */
  clientId: string
  /** The scopes that it grants, wherever the claims had them. */
  scopes: string[]
}

/**
 * Who is calling, anywhere beneath `authorized`: in the factory, in a tool, in what a tool calls.
 *
 * @returns undefined for an anonymous call of a public method, and outside of any call.
 */
export function getIdentity<T extends object = Claims>(): Identity<T> | undefined {
  const authInfo = callers.getStore()?.authInfo
  if (!authInfo) return undefined
  const { clientId, scopes, extra } = authInfo
  const claims = (extra?.claims ?? extra ?? {}) as Claims
  const id = typeof claims.sub === 'string' ? claims.sub : ''
  return { ...claims, id, clientId, scopes: [...scopes] } as Identity<T>
}

/**
 * Demands scopes inside a handler, where it depends on more than the name of a tool. The hierarchy of
 * `authorized` counts. For what depends on the name alone, `scopes()` lets the client step up.
 *
 * @param required - Scopes that the call needs, all of them.
 * @throws Error which the SDK answers as a tool error; it names all that are required.
 */
export function checkScopes(required: readonly string[]): void {
  if (required.length === 0) return
  const caller = callers.getStore()
  const granted = caller?.authInfo.scopes ?? []
  if (coversScopes(granted, required, caller?.scopeHierarchy)) return
  throw new Error(`Insufficient scopes. Required: ${required.join(', ')}`)
}

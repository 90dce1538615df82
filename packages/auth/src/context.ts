import { AsyncLocalStorage } from 'node:async_hooks'
import type { ScopeHierarchy } from './hierarchy.ts'
import type { AuthInfo } from './verifier.ts'

/** What a request is known to be allowed. */
export interface Caller {
  authInfo: AuthInfo
  scopeHierarchy?: ScopeHierarchy
}

/** The caller of the request that is being answered; undefined inside where there is none. */
export const callers: AsyncLocalStorage<Caller | undefined> = new AsyncLocalStorage()

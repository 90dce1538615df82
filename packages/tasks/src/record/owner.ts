import type { ExtensionRequest } from '@portico-mcp/core'
import { identifyPrincipal, sha256 } from '@portico-mcp/core/internal'

/** Whose a task is. */
export interface Owner {
  /** A digest of the caller; `''` for an anonymous caller. */
  readonly principal: string
  /** The key under which the store lists the task. */
  readonly key: string
}

/**
 * Identifies the owner of a request's tasks. Anonymous callers cannot be told apart: anyone who has the id of such a
 * task may use it, and only a session lists its own.
 */
export function ownerOf({ authInfo, http }: ExtensionRequest): Owner {
  if (authInfo) {
    const principal = digestOf('caller', identifyPrincipal(authInfo))
    return { principal, key: principal }
  }
  const sessionId = http.headers.get('mcp-session-id')
  return { principal: '', key: sessionId ? digestOf('session', sessionId) : ANONYMOUS }
}

/** The key of tasks whose caller is not known at all; they are never listed. */
export const ANONYMOUS = 'anonymous'

const digestOf = (kind: string, id: string): string => sha256(`portico-task ${kind} ${id}`)

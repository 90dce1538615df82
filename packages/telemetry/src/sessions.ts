import { sha256 } from '@portico-mcp/core/internal'
import type { Recorder } from './recorder.ts'

/** Counts the sessions that this process has opened. */
export interface Sessions {
  open(id: string, recorder: Recorder, version: () => string | undefined): void
  /** Notes that a session is in use. */
  touch(id: string): void
  /** Ends a session, if it is known. */
  end(id: string): void
}

interface Session {
  recorder: Recorder
  /** Returns the negotiated protocol version, once it is known. */
  version: () => string | undefined
  openedAt: number
  usedAt: number
}

const MAX_SESSIONS = 10_000

/** @param idleMs - Milliseconds without a request after which a session counts as ended. */
export function countSessions(idleMs: number): Sessions {
  // in the order of their last use
  const sessions = new Map<string, Session>()

  function end(id: string): void {
    const session = sessions.get(id)
    if (!session) return
    sessions.delete(id)
    const { recorder, openedAt, usedAt } = session
    const version = session.version()
    recorder.openSessions.add(-1)
    recorder.sessionDuration.record((usedAt - openedAt) / 1000, {
      'network.protocol.name': 'http',
      'network.transport': 'tcp',
      ...(version !== undefined && { 'mcp.protocol.version': version }),
    })
  }

  function sweep(now: number): void {
    for (const [id, { usedAt }] of sessions) {
      if (usedAt + idleMs > now && sessions.size <= MAX_SESSIONS) return
      end(id)
    }
  }

  function touch(id: string): void {
    const now = Date.now()
    const session = sessions.get(id)
    if (session) {
      session.usedAt = now
      sessions.delete(id)
      sessions.set(id, session)
    }
    sweep(now)
  }

  return {
    open(id, recorder, version) {
      end(id)
      const now = Date.now()
      sessions.set(id, { recorder, version, openedAt: now, usedAt: now })
      recorder.openSessions.add(1)
      sweep(now)
    },
    touch,
    end(id) {
      touch(id)
      end(id)
    },
  }
}

/** Returns the beginning of the SHA-256 of a session id, which cannot be used as the id. */
export const digest = (id: string): string => sha256(id).slice(0, 16)

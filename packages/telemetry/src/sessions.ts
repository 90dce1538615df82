import { sha256 } from '@portico-mcp/core/internal'
import type { Recorder } from './recorder.ts'

/** The sessions that were opened here, as far as they are remembered. */
export interface Sessions {
  open(id: string, recorder: Recorder, version: () => string | undefined): void
  /** Notes that a session is in use. */
  touch(id: string): void
  /** Ends a session, where it is known. */
  end(id: string): void
}

interface Session {
  recorder: Recorder
  /** The revision that was agreed on, once it is known. */
  version: () => string | undefined
  openedAt: number
  usedAt: number
}

const MAX_SESSIONS = 10_000

/** @param idleMs - Milliseconds after which a session that nobody uses is over. */
export function countSessions(idleMs: number): Sessions {
  // the one that was used the longest ago comes first
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

/** What may be recorded of a session's id: the beginning of its SHA-256, which nobody can use. */
export const digest = (id: string): string => sha256(id).slice(0, 16)

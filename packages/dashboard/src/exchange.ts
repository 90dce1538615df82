import { sha256 } from '@portico-mcp/core/internal'
import type { Excerpt } from './excerpt.ts'
import type { Outcome, Recording } from './recording.ts'
import { redact } from './redact.ts'

/** Characters of a digest that stand for a session's id. */
const DIGEST_LENGTH = 12

/** A body as the page gets it. */
export interface Body {
  text: string
  size: number
  isCut: boolean
}

/** An exchange as the page gets it: without secrets. */
export interface Exchange {
  id: number
  startedAt: number
  method: string
  path: string
  session?: string
  headers: Record<string, string>
  request: Body
  status?: number
  responseHeaders: Record<string, string>
  response: Body
  outcome: Outcome
  durationMs?: number
}

/** What the page may know of a recording. */
export async function exchangeOf(recording: Recording): Promise<Exchange> {
  const { id, startedAt, method, path, headers, status, responseHeaders, outcome, durationMs } = recording
  const { sessionId } = recording
  return {
    id,
    startedAt,
    method,
    path,
    ...(sessionId !== undefined && { session: sha256(sessionId).slice(0, DIGEST_LENGTH) }),
    headers,
    request: bodyOf(recording.request),
    ...(status !== undefined && { status }),
    responseHeaders,
    response: bodyOf(recording.response),
    outcome,
    ...(durationMs !== undefined && { durationMs }),
  }
}

const bodyOf = ({ text, size, isCut }: Excerpt): Body => ({ text: redact(text), size, isCut })

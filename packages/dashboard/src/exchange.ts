import { sha256 } from '@portico-mcp/core/internal'
import type { Excerpt } from './excerpt.ts'
import { pickHeaders, pickResponseHeaders } from './headers.ts'
import type { Outcome, Recording } from './recording.ts'
import { redact } from './redact.ts'

/** Characters of a digest that stand for the id of a session. */
const DIGEST_LENGTH = 12

/** A body as the page shows it. */
export interface Body {
  text: string
  size: number
  isCut: boolean
}

/** An exchange as the page shows it, without secrets. */
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

/** Formats a recording for the page, without secrets. */
export function formatExchange(recording: Recording): Exchange {
  const { id, startedAt, method, path, headers, head, outcome, durationMs } = recording
  const sessionId = headers.get('mcp-session-id')
  return {
    id,
    startedAt,
    method,
    path,
    ...(sessionId !== null && { session: sha256(sessionId).slice(0, DIGEST_LENGTH) }),
    headers: pickHeaders(headers),
    request: formatBody(recording.request),
    ...(head && { status: head.status }),
    responseHeaders: head ? pickResponseHeaders(head.headers) : {},
    response: formatBody(recording.response),
    outcome,
    ...(durationMs !== undefined && { durationMs }),
  }
}

const formatBody = ({ text, size, isCut }: Excerpt): Body => ({ text: redact(text), size, isCut })

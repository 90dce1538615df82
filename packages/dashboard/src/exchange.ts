import { sha256 } from '@portico-mcp/core/internal'
import type { Excerpt } from './excerpt.ts'
import { pickHeaders, pickResponseHeaders } from './headers.ts'
import { OWN_HEADER } from './own-header.ts'
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
  /** Milliseconds from the request's arrival until its body had been read. */
  bodyReadMs?: number
  /** Milliseconds from the request's arrival until the response began. */
  respondedMs?: number
  /** Whether the page itself sent the request. */
  isOwn?: boolean
}

/** Formats a recording for the page, without secrets. */
export function formatExchange(recording: Recording): Exchange {
  const { id, startedAt, method, path, headers, head, outcome } = recording
  const { durationMs, bodyReadMs, respondedMs } = recording
  // the response to `initialize` names the session that it opens
  const sessionId = headers.get('mcp-session-id') ?? head?.headers.get('mcp-session-id') ?? null
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
    ...(bodyReadMs !== undefined && { bodyReadMs }),
    ...(respondedMs !== undefined && { respondedMs }),
    ...(headers.has(OWN_HEADER) && { isOwn: true }),
  }
}

const formatBody = ({ text, size, isCut }: Excerpt): Body => ({ text: redact(text), size, isCut })

import { VERSION } from '../version.ts'
import { eventFrames } from './event-frames.ts'

export const CLIENT_INFO = { name: 'portico-dashboard', title: 'Portico dashboard', version: VERSION }

export interface RpcError {
  code: number
  message: string
  data?: unknown
}

export interface Notification {
  method: string
  params?: any
}

/** A request of a server to its client. */
export interface Question {
  method: string
  params?: any
}

/** What came of a request. */
export interface Reply {
  status: number
  result?: any
  error?: RpcError
}

export interface RequestOptions {
  token?: string | undefined
  signal?: AbortSignal
  /** Arguments that are repeated in headers. */
  headers?: Record<string, string>
  progressToken?: string
  logLevel?: string
  /** Capabilities that are declared besides the page's usual ones. */
  extensions?: Record<string, object>
  onnotification?: (notification: Notification) => void
  /** Answers a question of a 2025-era server. */
  onrequest?: (question: Question) => Promise<object>
  /** Is called with every message of the request. */
  onmessage?: (direction: 'sent' | 'received', message: unknown) => void
}

/** The server needs a token, or another one. */
export class Unauthorized extends Error {
  readonly status: number
  readonly challenge: string

  constructor(status: number, challenge: string) {
    super(status === 401 ? 'The server asks for a token' : 'The token does not allow this')
    this.status = status
    this.challenge = challenge
  }
}

let count = 0

/** Returns an id that the traffic view can tell from those of other clients. */
export function nextId(): string {
  count += 1
  return `dashboard-${count}`
}

/** Throws if a response asks for a token. */
export function checkAuthorized({ status, headers }: Response): void {
  const challenge = headers.get('www-authenticate')
  if (status === 401 || (status === 403 && challenge)) throw new Unauthorized(status, challenge ?? '')
}

/** Reads messages until the reply to a request. */
export async function readReply(
  response: Response,
  id: string,
  { onmessage, onnotification }: RequestOptions,
  onrequest?: (message: any) => void,
): Promise<Reply> {
  const { status } = response
  if (!response.body || !response.headers.get('content-type')?.startsWith('text/event-stream')) {
    const message = await readJson(response)
    onmessage?.('received', message)
    return { status, ...pickReply(message) }
  }
  for await (const data of eventFrames(response.body)) {
    const message = JSON.parse(data)
    onmessage?.('received', message)
    if (message.id === id && !message.method) return { status, ...pickReply(message) }
    if (message.method && message.id !== undefined) onrequest?.(message)
    else if (message.method) onnotification?.(message)
  }
  throw new Error('The stream ended before its reply')
}

async function readJson(response: Response): Promise<any> {
  const text = await response.text()
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`HTTP ${response.status}: ${text.slice(0, 200) || 'an empty response'}`)
  }
}

const pickReply = ({ result, error }: Reply): Pick<Reply, 'result' | 'error'> =>
  result === undefined && error === undefined
    ? { error: { code: 0, message: 'The response is neither a result nor an error' } }
    : { ...(result !== undefined && { result }), ...(error !== undefined && { error }) }

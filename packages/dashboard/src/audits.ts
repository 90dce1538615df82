import type { FetchHandler, McpHandlerRequestOptions } from '@portico-mcp/core'
import { HEADERS, refusal } from './answers.ts'
import type { AuditOutcome } from './audit-types.ts'
import type { Exchange } from './exchange.ts'
import { pickHeaders, pickResponseHeaders } from './headers.ts'
import type { Settings } from './options.ts'
import { redact } from './redact.ts'

/** An event of a run. */
export interface AuditEvent {
  result?: AuditOutcome
  /** The requests of an audit that failed. */
  exchanges?: Exchange[]
  /** Why the run ended early. */
  error?: string
  isDone?: boolean
}

const MAX_EXCHANGES = 10
const MAX_BODY = 8000
const MAX_PREFIX = 200

/** Runs the audits against the handler, one run at a time. */
export class AuditRunner {
  readonly #handler: FetchHandler
  readonly #settings: Settings
  #isRunning = false

  constructor(handler: FetchHandler, settings: Settings) {
    this.#handler = handler
    this.#settings = settings
  }

  /** Runs the audits whose id begins with `only` of the query. Responds with their results as server-sent events. */
  open(
    request: Request,
    { responseWriter: _, parsedBody: __, ...given }: McpHandlerRequestOptions,
  ): Response {
    if (this.#isRunning) return refusal(409, 'audits-run', 'The audits are running already')
    this.#isRunning = true
    const encoder = new TextEncoder()
    let isLeft = false
    let send: (event: AuditEvent) => void = () => {}
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        send = (event) => {
          if (!isLeft) controller.enqueue(encoder.encode(`data: ${JSON.stringify(event)}\n\n`))
        }
        void this.#run(request, given, () => isLeft, send).then(() => {
          this.#isRunning = false
          if (!isLeft) controller.close()
        })
      },
      cancel: () => {
        isLeft = true
      },
    })
    const headers = { ...HEADERS, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' }
    return new Response(body, { headers })
  }

  async #run(
    request: Request,
    given: McpHandlerRequestOptions,
    isLeft: () => boolean,
    send: (event: AuditEvent) => void,
  ): Promise<void> {
    const { audits, path } = this.#settings
    const exchanges: Exchange[] = []
    const only = new URL(request.url).searchParams.get('only')?.slice(0, MAX_PREFIX)
    const authorization = request.headers.get('authorization')
    const target = {
      url: new URL(path, request.url).href,
      fetch: async (asked: Request): Promise<Response> => {
        // a page that was closed needs no results: all other audits fail at once
        if (isLeft()) throw new Error('The page was closed')
        if (authorization && !asked.headers.has('authorization')) {
          asked.headers.set('authorization', authorization)
        }
        const text = asked.method === 'POST' ? await asked.clone().text() : ''
        const response = await this.#handler.fetch(asked, given)
        if (exchanges.length < MAX_EXCHANGES)
          exchanges.push(describe(asked, text, response, exchanges.length))
        return response
      },
    }
    try {
      const { runAudits } = await (audits as NonNullable<Settings['audits']>)()
      await runAudits(target, {
        ...(only && { only }),
        onresult: (result) => {
          send({ result, ...(result.outcome === 'failed' && { exchanges: [...exchanges] }) })
          exchanges.length = 0
        },
      })
      send({ isDone: true })
    } catch (error) {
      this.#settings.report(error)
      send({ error: 'The audits cannot be run: see the output of the server' })
    }
  }
}

function describe({ method, url, headers }: Request, text: string, response: Response, id: number): Exchange {
  return {
    id,
    startedAt: Date.now(),
    method,
    path: new URL(url).pathname,
    headers: pickHeaders(headers),
    request: { text: redact(text.slice(0, MAX_BODY)), size: text.length, isCut: text.length > MAX_BODY },
    status: response.status,
    responseHeaders: pickResponseHeaders(response.headers),
    response: { text: '', size: 0, isCut: false },
    outcome: 'done',
  }
}

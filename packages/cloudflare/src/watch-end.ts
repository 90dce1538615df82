import { watchBody } from '@portico-mcp/core/internal'

/** A response, and what resolves once its body has been read or its reader has left. */
export interface Watched {
  response: Response
  ended: Promise<void>
}

/** Watches the body of a response. */
export function watchEnd(response: Response): Watched {
  const { body, status, statusText, headers } = response
  const isStream = headers.get('content-type')?.startsWith('text/event-stream')
  if (!body || !isStream) return { response, ended: Promise.resolve() }
  let end: () => void = () => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const watched = watchBody(
    () => body,
    () => {},
    end,
  )
  return { response: new Response(watched, { status, statusText, headers }), ended }
}

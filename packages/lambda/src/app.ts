import type { RequestListener } from 'node:http'
import type { FetchHandler } from '@portico-mcp/core'

/** An app with a `callback()` for Node's HTTP server, such as a Koa app. */
export interface CallbackApp {
  callback(): (...args: Parameters<RequestListener>) => unknown
}

/** Returns a handler unchanged, and wraps an app as a handler. */
export const toFetchHandler = (handlerOrApp: FetchHandler | CallbackApp): FetchHandler =>
  'fetch' in handlerOrApp ? handlerOrApp : createAppHandler(handlerOrApp)

// `node:http` is only loaded if there is an app, with the first request, which keeps cold starts short.
function createAppHandler(app: CallbackApp): FetchHandler {
  let asking: Promise<FetchHandler> | undefined
  const load = async (): Promise<FetchHandler> => {
    const { serveWithApp } = await import('./serve-with-app.ts')
    return serveWithApp(app.callback())
  }
  return {
    async fetch(request, options) {
      asking ??= load()
      return (await asking).fetch(request, options)
    },
  }
}

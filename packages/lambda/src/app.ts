import type { RequestListener } from 'node:http'
import type { FetchHandler } from '@portico-mcp/core'

/** An app that Node's HTTP server asks through a callback, as Koa's is. */
export interface CallbackApp {
  callback(): (...args: Parameters<RequestListener>) => unknown
}

/** What answers requests: a handler itself, or an app as one. */
export const handlerOf = (handlerOrApp: FetchHandler | CallbackApp): FetchHandler =>
  'fetch' in handlerOrApp ? handlerOrApp : ofApp(handlerOrApp)

// Node's HTTP is loaded for apps alone, with the first request
function ofApp(app: CallbackApp): FetchHandler {
  let asking: Promise<FetchHandler> | undefined
  const load = async (): Promise<FetchHandler> => {
    const { askApp } = await import('./ask-app.ts')
    return askApp(app.callback())
  }
  return {
    async fetch(request, options) {
      asking ??= load()
      return (await asking).fetch(request, options)
    },
  }
}

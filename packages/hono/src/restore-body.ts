import type { HonoRequest } from 'hono'

/** Requests that have been read, by the request of Hono that gives their bodies again. */
const read = new WeakMap<HonoRequest, Request>()

/**
 * Gives routes that read `c.req.raw` themselves the body again that the app has read. The `Request` for it is created
 * when a route asks for it: that costs more than the rest of the app, and handlers of Portico take the parsed body.
 *
 * @param text - The body.
 */
export function restoreBody(req: HonoRequest, text: string): void {
  const { raw } = req
  let restored: Request | undefined
  read.set(req, raw)
  Object.defineProperty(req, 'raw', {
    configurable: true,
    enumerable: true,
    get: () => {
      restored ??= createRequest(raw, text)
      return restored
    },
    set: (given: Request) => {
      restored = given
      read.delete(req)
    },
  })
}

/** Returns the request without a body to read, if the app has parsed that, and otherwise as it is. */
export const withoutRestoredBody = (req: HonoRequest): Request => read.get(req) ?? req.raw

function createRequest(raw: Request, body: string): Request {
  const { method, headers, signal } = raw
  // Workers describe the connection in `cf`.
  const cf = 'cf' in raw ? { cf: raw.cf } : {}
  const request = new Request(raw.url, { method, headers, signal, body, ...cf })
  // Node collects the signal of a Request that is not referenced.
  signal.addEventListener('abort', () => request, { once: true })
  return request
}

import type { FetchHandler } from '@portico-mcp/core'

/** Headers that belong to the connection between the browser and the page. */
const KEPT_BACK =
  /^(?:accept-encoding|connection|content-length|cookie|expect|host|keep-alive|origin|referer|te|trailer|transfer-encoding|upgrade|x-portico-dashboard|sec-.*)$/

/** Headers of a response that no longer hold for the body, which fetch has decoded, or that are for another origin. */
const DROPPED = ['connection', 'content-encoding', 'content-length', 'set-cookie', 'transfer-encoding']

const SERVED_PATH = /^\/[\w.~/-]*$/

/** Returns the path that stands for a URL: its own, so that metadata of the URL is at the same place. */
export const endpointOf = ({ pathname }: URL): string => (SERVED_PATH.test(pathname) ? pathname : '/mcp')

/**
 * Creates a handler that passes requests to the endpoint, and to metadata (`/.well-known/`), on to a server elsewhere.
 *
 * @param target - The endpoint.
 * @param headers - Sent with every request.
 */
export function createRemoteHandler(
  target: URL,
  headers: Readonly<Record<string, string>>,
): FetchHandler & { close: () => Promise<void> } {
  return {
    fetch: async (request) => {
      const url = locate(new URL(request.url), target)
      if (!url) return new Response(null, { status: 404 })
      try {
        return passBack(await fetch(url, await readInit(request, headers)))
      } catch (error) {
        if (request.signal.aborted) throw error
        return unreachable(target, error)
      }
    },
    close: async () => {},
  }
}

function locate({ pathname, search }: URL, target: URL): URL | undefined {
  if (pathname === endpointOf(target)) return target
  return pathname.startsWith('/.well-known/') ? new URL(pathname + search, target) : undefined
}

async function readInit(request: Request, added: Readonly<Record<string, string>>): Promise<RequestInit> {
  const headers = new Headers(added)
  for (const [name, value] of request.headers) {
    if (!KEPT_BACK.test(name) && !headers.has(name)) headers.set(name, value)
  }
  const { method, signal } = request
  const body = method === 'POST' ? { body: await request.arrayBuffer() } : {}
  return { method, headers, signal, redirect: 'manual', ...body }
}

function passBack({ status, statusText, headers: received, body }: Response): Response {
  const headers = new Headers(received)
  for (const name of DROPPED) headers.delete(name)
  return new Response(body, { status, statusText, headers })
}

function unreachable({ origin }: URL, error: unknown): Response {
  const { message, cause } = error as Error
  const reason = cause instanceof Error ? cause.message : message
  const failure = { code: -32603, message: `${origin} cannot be reached: ${reason}` }
  return Response.json({ jsonrpc: '2.0', id: null, error: failure }, { status: 502 })
}

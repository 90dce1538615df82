import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createRequest } from './index.ts'

/**
 * Inspects two requests that come from the same bytes: Portico's lazy one, and one of the platform that is built
 * from the head that Node parsed and the body that Node read.
 */
type Inspect = (request: Request) => unknown

let inspect: Inspect
let isLazy: boolean

/** What `inspect` returns or throws; errors count by their class, since messages differ between versions of Node. */
async function inspected(request: Request): Promise<unknown> {
  try {
    return { returns: await inspect(request) }
  } catch (error) {
    return { throws: (error as Error).name }
  }
}

async function createReference(req: IncomingMessage): Promise<Request> {
  const { method, url, rawHeaders, headers } = req
  const pairs = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [[name, rawHeaders[at + 1]!]] : []))
  // Text would add a content type.
  const body = await buffer(req)
  return new Request(`http://${headers.host}${url}`, {
    method: method!,
    headers: pairs as [string, string][],
    ...(body.byteLength > 0 && method !== 'GET' && method !== 'HEAD' && { body }),
  })
}

const server = createServer(async (req, res) => {
  const request = isLazy ? createRequest(req, res) : await createReference(req)
  const seen = JSON.stringify(await inspected(request)) ?? ''
  res.writeHead(200, { 'x-seen': encodeURIComponent(seen), connection: 'close' }).end()
})

beforeAll(() => new Promise<void>((up) => server.listen(0, '127.0.0.1', up)))
afterAll(() => server.close())

const open = (): Socket => connect((server.address() as AddressInfo).port, '127.0.0.1')

async function ask(lazy: boolean, bytes: string, look: Inspect): Promise<unknown> {
  isLazy = lazy
  inspect = look
  const socket = open()
  socket.write(bytes)
  const answer = await text(socket)
  return JSON.parse(decodeURIComponent(/x-seen: (\S*)/.exec(answer)![1]!))
}

const JSON_TEXT = '{"text":"hé €"}'
const FORM = 'a=1&b=%C3%BC'
const length = (body: string): string => `content-length: ${Buffer.byteLength(body)}`

/** Requests as bytes; `METHOD` is each method in turn. */
const SENT: Record<string, string> = {
  'without a body': 'METHOD /mcp HTTP/1.1\r\nHost: mcp.test\r\n\r\n',
  'with a query, dots and an encoded path':
    'METHOD /a/../b%20c/./d?x=%20&y=1?2 HTTP/1.1\r\nHost: MCP.test:80\r\n\r\n',
  'with an empty body': 'METHOD /mcp HTTP/1.1\r\nHost: mcp.test\r\ncontent-length: 0\r\n\r\n',
  'with JSON': `METHOD /mcp HTTP/1.1\r\nHost: mcp.test\r\ncontent-type: application/json\r\n${length(JSON_TEXT)}\r\n\r\n${JSON_TEXT}`,
  'with a byte order mark': `METHOD /mcp HTTP/1.1\r\nHost: mcp.test\r\n${length('\uFEFF{}')}\r\n\r\n\uFEFF{}`,
  'with what is not JSON': 'METHOD /mcp HTTP/1.1\r\nHost: mcp.test\r\ncontent-length: 3\r\n\r\n{x}',
  'with a form': `METHOD /mcp HTTP/1.1\r\nHost: mcp.test\r\ncontent-type: application/x-www-form-urlencoded\r\n${length(FORM)}\r\n\r\n${FORM}`,
  'in chunks':
    'METHOD /mcp HTTP/1.1\r\nHost: mcp.test\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{"\r\n5\r\na":1}\r\n0\r\n\r\n',
  'with headers that come twice':
    'METHOD /mcp HTTP/1.1\r\nHost: mcp.test\r\nX-A: 1\r\nx-a: 2\r\nCookie: a=1\r\ncookie: b=2\r\n' +
    'Set-Cookie: c=1\r\nset-cookie: d=2\r\nReferer: r\r\nreferer: s\r\nX-Empty:\r\nX-Latin: \xe9\r\n\r\n',
}

const LOOKS: Record<string, Inspect> = {
  'method and URL': ({ method, url }) => [method, url],
  'its class': (request) => [request instanceof Request, Object.prototype.toString.call(request)],
  'single headers': ({ headers }) =>
    ['x-a', 'X-A', 'cookie', 'set-cookie', 'referer', 'x-empty', 'x-latin', 'host', 'none'].map((name) => [
      headers.get(name),
      headers.has(name),
    ]),
  'all headers': ({ headers }) => [[...headers], [...headers.keys()], headers.getSetCookie()],
  'headers copied': ({ headers }) => [...new Headers(headers)],
  'the class of its headers': ({ headers }) => headers instanceof Headers,
  'a name that no header has': ({ headers }) => headers.get('not a name'),
  'headers changed': ({ headers }) => {
    headers.set('x-a', 'changed')
    headers.append('x-b', 'new')
    headers.delete('cookie')
    return [headers.get('x-a'), headers.get('x-b'), headers.get('cookie'), [...headers]]
  },
  'headers changed, then cloned': (request) => {
    request.headers.set('x-a', 'changed')
    return request.clone().headers.get('x-a')
  },
  'a clone, then changed headers': (request) => {
    const clone = request.clone()
    request.headers.set('x-a', 'changed')
    return [clone.headers.get('x-a'), request.headers.get('x-a')]
  },
  'its body': ({ body, bodyUsed }) => [body === null, body instanceof ReadableStream, bodyUsed],
  text: async (request) => [await request.text(), request.bodyUsed],
  json: async (request) => [await request.json(), request.bodyUsed],
  arrayBuffer: async (request) => {
    const buffer = await request.arrayBuffer()
    return [buffer instanceof ArrayBuffer, [...new Uint8Array(buffer)], request.bodyUsed]
  },
  blob: async (request) => {
    const blob = await request.blob()
    return [blob.size, blob.type, await blob.text()]
  },
  formData: async (request) => [...(await request.formData())],
  'the stream': async (request) => [request.body && (await text(request.body as never)), request.bodyUsed],
  'the body twice': async (request) => {
    await request.text()
    return request.text()
  },
  'the body after it was read': async (request) => {
    await request.text()
    return [request.body === null, request.body?.locked, request.bodyUsed]
  },
  'a clone': async (request) => {
    const clone = request.clone()
    return [await clone.text(), request.bodyUsed, await request.text(), clone.url, clone.method]
  },
  'a clone, read second': async (request) => {
    const clone = request.clone()
    return [await request.text(), clone.bodyUsed, await clone.text()]
  },
  'a clone after it was read': async (request) => {
    await request.text()
    return request.clone().method
  },
  'a stream that is read by two': (request) => {
    request.body?.getReader()
    return request.body?.getReader() === undefined
  },
  'its other members': ({ cache, credentials, destination, integrity, mode, redirect, referrer }) => [
    cache,
    credentials,
    destination,
    integrity,
    mode,
    redirect,
    referrer,
  ],
  'its signal': ({ signal }) => [signal instanceof AbortSignal, signal.aborted],
  'as the init of another': async (request) => {
    const other = new Request('http://other.test/', { ...describeInit(request) })
    return [other.method, [...other.headers], await other.text()]
  },
}

const describeInit = ({ method, headers, body }: Request): RequestInit =>
  ({ method, headers, body, duplex: 'half' }) as RequestInit

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']

describe.each(METHODS)('a %s request has what one of the platform has', (method) => {
  it.each(Object.entries(SENT))('%s', async (_, bytes) => {
    const sent = bytes.replace('METHOD', method)
    const askAll = async (lazy: boolean) => {
      const seen: [string, unknown][] = []
      for (const [name, look] of Object.entries(LOOKS)) seen.push([name, await ask(lazy, sent, look)])
      return Object.fromEntries(seen)
    }
    expect(await askAll(true)).toEqual(await askAll(false))
  })
})

describe('a request', () => {
  const POST = SENT['with JSON']!.replace('METHOD', 'POST')

  it('has bytes() on every version of Node', async () => {
    const look: Inspect = async (request) => new TextDecoder().decode(await request.bytes())
    expect(await ask(true, POST, look)).toEqual({ returns: JSON_TEXT })
  })

  it('can be copied by `new Request`, from Node 24 on by way of a clone', async () => {
    const isPrivate = Number(process.versions.node.split('.')[0]) >= 24
    const look: Inspect = async (request) => {
      const copy = new Request(isPrivate ? request.clone() : request, { headers: { 'x-new': '1' } })
      return [copy.url, copy.method, [...copy.headers], await copy.text()]
    }
    const seen = ['http://mcp.test/mcp', 'POST', [['x-new', '1']], JSON_TEXT]
    expect(await ask(true, POST, look)).toEqual({ returns: seen })
    const withInit: Inspect = async (request) =>
      (await new Request('http://a.test/', request).json()) as object
    expect(await ask(true, POST, withInit)).toEqual({ returns: JSON.parse(JSON_TEXT) })
  })

  it.each(['before', 'after'])('aborts its signal if the client leaves %s it is asked for', async (when) => {
    const aborted = vi.fn()
    let left: Promise<unknown> = Promise.resolve()
    const socket = open()
    isLazy = true
    const started = new Promise<void>((resolve) => {
      inspect = async (request) => {
        if (when === 'after') request.signal.addEventListener('abort', aborted)
        resolve()
        await left
        await new Promise((later) => setTimeout(later, 50))
        if (when === 'before') request.signal.aborted && aborted()
      }
    })
    left = new Promise((resolve) => server.once('connection', (far) => far.once('close', resolve)))
    socket.write(SENT['without a body']!.replace('METHOD', 'POST'))
    await started
    socket.destroy()
    await vi.waitFor(() => expect(aborted).toHaveBeenCalledTimes(1))
  })

  it('rejects a body that its client does not finish', async () => {
    const failed = vi.fn()
    isLazy = true
    inspect = (request) => request.text().catch(failed)
    const socket = open()
    socket.write('POST /mcp HTTP/1.1\r\nHost: a\r\ncontent-length: 10\r\n\r\nfive')
    await new Promise((resolve) => setTimeout(resolve, 50))
    socket.destroy()
    await vi.waitFor(() => expect(failed).toHaveBeenCalledTimes(1))
  })
})

import { afterEach, describe, expect, it, vi } from 'vitest'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.resetModules()
})

/** The module as a runtime with this name loads it. */
async function loadOn(userAgent: string): Promise<typeof import('./discard-body.ts')> {
  vi.resetModules()
  vi.stubGlobal('navigator', { userAgent })
  return import('./discard-body.ts')
}

const MEBIBYTE = 1024 * 1024

function createUpload(chunks: number, end: 'close' | 'stall' | 'error' = 'close') {
  const sent = { chunks: 0, isCancelled: false }
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (sent.chunks < chunks) {
          sent.chunks++
          controller.enqueue(new Uint8Array(MEBIBYTE))
        } else if (end === 'close') controller.close()
        else if (end === 'error') controller.error(new Error('The client left'))
        else return new Promise(() => {})
      },
      cancel() {
        sent.isCancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  const request = new Request('http://localhost/mcp', { method: 'POST', body, duplex: 'half' } as RequestInit)
  return { request, body, sent }
}

describe('a body that nobody read', () => {
  it('is read to its end on workerd', async () => {
    const { discardBody } = await loadOn('Cloudflare-Workers')
    const { request, sent } = createUpload(8)
    await discardBody(request)
    expect([sent.chunks, request.bodyUsed]).toEqual([8, true])
  })

  it('is read within a limit of bytes', async () => {
    const { discardBody, MAX_DISCARDED_BYTES } = await loadOn('Cloudflare-Workers')
    const { request, sent } = createUpload(1000)
    await discardBody(request)
    expect([sent.chunks, sent.isCancelled]).toEqual([MAX_DISCARDED_BYTES / MEBIBYTE + 1, true])
  })

  it('is given up where nothing more comes, or the client leaves', async () => {
    const { discardBody } = await loadOn('Cloudflare-Workers')
    const stalled = createUpload(2, 'stall')
    await discardBody(stalled.request)
    expect(stalled.sent).toEqual({ chunks: 2, isCancelled: true })
    const left = createUpload(2, 'error')
    await discardBody(left.request)
    expect(left.sent.chunks).toBe(2)
  })

  it('is left alone where it was read, is being read, or is none', async () => {
    const { discardBody } = await loadOn('Cloudflare-Workers')
    const { request: read } = createUpload(1)
    await read.arrayBuffer()
    const { request: locked } = createUpload(1)
    locked.body?.getReader()
    for (const request of [read, locked, new Request('http://localhost/')]) {
      expect(discardBody(request)).toBeUndefined()
    }
  })

  it('is left to other platforms', async () => {
    const { discardBody } = await loadOn('Node.js/22')
    const { request, sent } = createUpload(8)
    expect(discardBody(request)).toBeUndefined()
    expect(sent.chunks).toBe(0)
  })
})

describe('a body that was read in part', () => {
  it.each([
    ['Cloudflare-Workers', 8, false],
    ['Node.js/22', 1, true],
  ])('is given up on %s', async (userAgent, chunks, isCancelled) => {
    const { giveUp } = await loadOn(userAgent)
    const { body, sent } = createUpload(8)
    const reader = body.getReader()
    await reader.read()
    await giveUp(reader)
    expect(sent).toEqual({ chunks, isCancelled })
  })
})

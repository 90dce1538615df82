import type { Isolate, Isolates } from './isolates.ts'

const META = 'io.modelcontextprotocol/'

/** An open `subscriptions/listen` stream of 2026-07-28. */
export interface Listening {
  /** The methods of the notifications that have come. */
  readonly heard: string[]
  /** Leaves. */
  close(): void
}

/** Opens a stream on an isolate that listens to changes of tools. Resolves with the acknowledgement. */
export async function listen(isolates: Isolates, isolate: Isolate): Promise<Listening> {
  const controller = new AbortController()
  const response = await fetch(isolates.url(isolate), {
    method: 'POST',
    signal: controller.signal,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'subscriptions/listen',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'subscriptions/listen',
      params: {
        notifications: { toolsListChanged: true },
        _meta: {
          [`${META}protocolVersion`]: '2026-07-28',
          [`${META}clientCapabilities`]: {},
          [`${META}clientInfo`]: { name: 'listener', version: '1.0.0' },
        },
      },
    }),
  })
  const heard: string[] = []
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  const readOn = async (): Promise<void> => {
    const { value, done } = await reader.read()
    for (const [, data] of value?.matchAll(/^data: (.+)$/gm) ?? []) heard.push(JSON.parse(data!).method)
    if (!done && heard.length === 0) await readOn()
  }
  await readOn()
  void (async () => {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      for (const [, data] of value.matchAll(/^data: (.+)$/gm)) heard.push(JSON.parse(data!).method)
    }
  })().catch(() => {})
  return { heard, close: () => controller.abort() }
}

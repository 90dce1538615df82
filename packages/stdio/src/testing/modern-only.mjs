// A stdio server that speaks 2026-07-28 alone, without an SDK. It is started as a process, so it is plain JavaScript.
import { createInterface } from 'node:readline'

const question = {
  method: 'elicitation/create',
  params: {
    message: 'Where to?',
    requestedSchema: { type: 'object', properties: { city: { type: 'string' } } },
  },
}
const said = (text) => ({ resultType: 'complete', content: [{ type: 'text', text }] })
const cached = { ttlMs: 0, cacheScope: 'private' }

const METHODS = {
  'server/discover': () => ({
    resultType: 'complete',
    supportedVersions: ['2026-07-28'],
    capabilities: { tools: {} },
    _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'modern-only', version: '1.0.0' } },
    instructions: 'Speak the new revision.',
    ...cached,
  }),
  'tools/list': () => ({
    resultType: 'complete',
    tools: ['echo', 'elicit'].map((name) => ({ name, inputSchema: { type: 'object' } })),
    ...cached,
  }),
  'tools/call': ({ name, arguments: args, inputResponses }) => {
    if (name === 'echo') return said(args.text)
    if (!inputResponses) return { resultType: 'input_required', inputRequests: { city: question } }
    return said(`To ${inputResponses.city.content.city}`)
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line)
  if (id === undefined) continue
  const serve = METHODS[method]
  const reply = serve
    ? { result: serve(params) }
    : {
        error: {
          code: method === 'initialize' ? -32022 : -32601,
          message: `${method} is not supported`,
          ...(method === 'initialize' && { data: { supported: ['2026-07-28'] } }),
        },
      }
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...reply })}\n`)
}

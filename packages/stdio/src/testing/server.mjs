// A stdio server whose tools show how messages cross. It is started as a process, so it is plain JavaScript.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { z } from 'zod'

const server = new McpServer(
  { name: 'fixture', version: '1.0.0' },
  {
    instructions: 'Use it for tests.',
    capabilities: {
      logging: {},
      resources: { subscribe: true, listChanged: true },
      tools: { listChanged: true },
    },
  },
)
const text = (value) => ({
  content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }],
})
let calls = 0
let asked = 0

server.registerTool('echo', { inputSchema: { text: z.string() } }, async ({ text: said }) => text(said))
server.registerTool('count', {}, async () => text(String(++calls)))
server.registerTool('who', {}, async () =>
  text({
    pid: process.pid,
    client: server.server.getClientVersion(),
    capabilities: server.server.getClientCapabilities(),
  }),
)
server.registerTool('env', { inputSchema: { name: z.string() } }, async ({ name }) =>
  text(process.env[name] ?? 'unset'),
)
server.registerTool('meta', {}, async (extra) => ({
  ...text(extra._meta ?? {}),
  _meta: { 'example.com/seen': true },
}))
server.registerTool('fail', {}, async () => {
  throw new Error('It broke')
})
server.registerTool('elicit', {}, async () => {
  const requestedSchema = { type: 'object', properties: { city: { type: 'string' } } }
  const { action, content } = await server.server.elicitInput({ message: 'Where to?', requestedSchema })
  return text(`${action} ${content?.city} ${++asked}`)
})
server.registerTool('sample', {}, async () => {
  const messages = [{ role: 'user', content: { type: 'text', text: 'Hi' } }]
  return text((await server.server.createMessage({ messages, maxTokens: 10 })).content)
})
server.registerTool('roots', {}, async () => text((await server.server.listRoots()).roots))
server.registerTool('progress', {}, async (extra) => {
  const progressToken = extra._meta?.progressToken
  for (let progress = 1; progress <= 3; progress++) {
    await extra.sendNotification({
      method: 'notifications/progress',
      params: { progressToken, progress, total: 3 },
    })
  }
  return text(String(progressToken !== undefined))
})
server.registerTool('log', { inputSchema: { data: z.string() } }, async ({ data }) => {
  await server.sendLoggingMessage({ level: 'warning', data })
  return text('logged')
})
server.registerTool('stderr', { inputSchema: { line: z.string() } }, async ({ line }) => {
  await new Promise((resolve) => process.stderr.write(`${line}\n`, resolve))
  return text('written')
})
server.registerTool('noise', {}, async () => {
  process.stdout.write('this is no JSON\n[1]\n\n')
  return text('written')
})
server.registerTool('wait', { inputSchema: { ms: z.number() } }, async ({ ms }, { signal }) => {
  await new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      process.stderr.write('aborted\n')
      resolve()
    })
  })
  return text('waited')
})
server.registerTool('exit', { inputSchema: { code: z.number() } }, async ({ code }) => process.exit(code))
server.registerTool('hang', {}, async () => {
  for (;;);
})
server.registerTool('large', { inputSchema: { bytes: z.number() } }, async ({ bytes }) =>
  text('x'.repeat(bytes)),
)
server.registerTool('grow', { inputSchema: { megabytes: z.number() } }, async ({ megabytes }) => {
  globalThis.kept = Array.from({ length: megabytes }, () => Buffer.alloc(1024 * 1024, 1))
  return text('grown')
})
let more = 0
server.registerTool('add-tool', {}, async () => {
  server.registerTool(`added-${++more}`, {}, async () => text('added'))
  return text('added')
})
server.registerTool('touch', { inputSchema: { uri: z.string() } }, async ({ uri }) => {
  await server.server.sendResourceUpdated({ uri })
  return text([...subscribed])
})
server.registerResource('readme', 'doc://readme', {}, async (uri) => ({
  contents: [{ uri: uri.href, text: 'Read me' }],
}))
server.registerPrompt('greet', { argsSchema: { who: z.string() } }, async ({ who }) => ({
  messages: [{ role: 'user', content: { type: 'text', text: `Greet ${who}` } }],
}))
const subscribed = new Set()
const { SubscribeRequestSchema, UnsubscribeRequestSchema } = await import(
  '@modelcontextprotocol/sdk/types.js'
)
server.server.setRequestHandler(SubscribeRequestSchema, async ({ params }) => {
  subscribed.add(params.uri)
  return {}
})
server.server.setRequestHandler(UnsubscribeRequestSchema, async ({ params }) => {
  subscribed.delete(params.uri)
  return {}
})
if (process.env.ASK_ROOTS) {
  let roots = 'none'
  server.server.oninitialized = async () => {
    roots = await server.server.listRoots().then(
      (result) => result.roots.map(({ uri }) => uri).join(),
      (error) => error.message,
    )
  }
  server.registerTool('known-roots', {}, async () => text(roots))
}
await server.connect(new StdioServerTransport())

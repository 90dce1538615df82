import { createHTTPServer } from '@portico-mcp/server'
import { FileSessionStore } from '@portico-mcp/sessions/file'

// a server of a process that tests send signals to; see shutdown.test.ts
const { STATELESS, SESSIONS, DRAIN_TIMEOUT, SIGNALS } = process.env

const { url } = await createHTTPServer({
  name: 'killable',
  version: '1.0.0',
  port: 0,
  drainTimeoutMs: Number(DRAIN_TIMEOUT ?? 10_000),
  ...(SIGNALS === 'false' && { signals: false }),
  ...(STATELESS === 'false' && {
    stateless: false,
    ...(SESSIONS && { sessionStore: new FileSessionStore({ folder: SESSIONS }) }),
  }),
  setup(server) {
    server.registerTool('slow', {}, async ({ signal }) => {
      console.log('started')
      const outcome = await Promise.race([
        new Promise<string>((resolve) => setTimeout(resolve, 1500, 'done')),
        new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve('aborted'))),
      ])
      console.log(outcome)
      return { content: [{ type: 'text', text: outcome }] }
    })
    server.registerTool('stuck', {}, async () => {
      console.log('started')
      return new Promise<never>(() => {})
    })
  },
})
// what a program has open besides
setInterval(() => {}, 60_000)
console.log(`listening at ${url}`)

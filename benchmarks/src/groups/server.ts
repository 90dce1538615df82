import type { Subject } from '../subjects.ts'
import type { Group } from './group.ts'
import { info, porticoFactory } from './portico.ts'

const eras = ['modern', 'legacy'] as const

const withOptions = (title: string, options: object): Subject => ({
  title,
  eras,
  async serve(work) {
    const { createHTTPServer } = await import('@portico-mcp/server')
    const { register, shapesOf } = await import('../tools.ts')
    return {
      async listen(port) {
        const setup = (server: unknown) => register(server, shapesOf(work.tools, work.schemas))
        await createHTTPServer({ ...info, ...options, port, setup })
      },
    }
  },
})

/** The whole stack, and what single parts of it cost. */
export const SERVER_SUBJECTS: Record<string, Subject> = {
  'http-server': withOptions('createHTTPServer', {}),
  'http-server-plain': withOptions('createHTTPServer, dashboard: false', { dashboard: false }),
  'http-server-untraced': withOptions('createHTTPServer, telemetry: false', { telemetry: false }),
  'http-server-factory': {
    title: 'createHTTPServer, a factory',
    eras,
    async serve(work) {
      const { createHTTPServer } = await import('@portico-mcp/server')
      const factory = await porticoFactory(work)
      return { listen: async (port) => void (await createHTTPServer(factory, { port })) }
    },
  },
}

/** What `createHTTPServer` costs beside a bare server. */
export const SERVER: Group = {
  work: { method: 'tools/call', era: 'modern', tools: 1, schemas: 'module' },
  rows: [
    { subject: 'ceiling-http' },
    { subject: 'portico', beside: 'ceiling-http' },
    { subject: 'http-server', beside: 'ceiling-http', atMost: 2 },
    { subject: 'http-server-plain', beside: 'ceiling-http' },
    { subject: 'http-server-untraced', beside: 'ceiling-http' },
    { subject: 'http-server-factory', beside: 'ceiling-http' },
  ],
}

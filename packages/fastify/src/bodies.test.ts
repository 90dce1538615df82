import { describeApplication } from '@portico-example/testing/applications'
import fastify, { type FastifyInstance } from 'fastify'
import { describe } from 'vitest'
import { createMcpFastifyApp, toFastifyHandler } from './index.ts'

const apps = { createMcpFastifyApp: () => createMcpFastifyApp(), 'a Fastify of its own': () => fastify() }

const JSON_TYPE = 'application/json'

/** Routes below a prefix, with a parser of JSON of their own. */
function under(app: FastifyInstance, prefix: string, set: (routes: FastifyInstance) => void): void {
  app.register(
    async (routes) => {
      routes.removeContentTypeParser(JSON_TYPE)
      set(routes)
    },
    { prefix },
  )
}

describe.each(Object.entries(apps))('%s', (_, createApp) => {
  describeApplication({
    async listen(handler) {
      const app = createApp()
      const mcp = toFastifyHandler(handler)
      const own = async ({ body }: { body: unknown }, reply: { send(text: string): unknown }) =>
        reply.send(JSON.stringify((body as { value: string }).value))
      app.addContentTypeParser('multipart/form-data', { parseAs: 'buffer' }, (_request, body, done) =>
        done(null, body),
      )
      app.post('/own/json', own)
      const schema = {
        body: { type: 'object', properties: { value: { type: 'string' } }, required: ['value'] },
      }
      app.post('/own/valid', { schema }, own)
      app.post('/own/upload', async ({ body }, reply) => reply.send(String((body as Buffer).length)))
      app.all('/mcp', mcp)
      under(app, '/buffer', (routes) => {
        routes.addContentTypeParser(JSON_TYPE, { parseAs: 'buffer' }, (_request, body, done) =>
          done(null, body),
        )
        routes.all('/mcp', mcp)
      })
      under(app, '/text', (routes) => {
        routes.addContentTypeParser(JSON_TYPE, { parseAs: 'string' }, (_request, body, done) =>
          done(null, body),
        )
        routes.all('/mcp', mcp)
      })
      under(app, '/unread', (routes) => {
        routes.addContentTypeParser(JSON_TYPE, (_request, _payload, done) => done(null))
        routes.all('/mcp', mcp)
      })
      under(app, '/stream', (routes) => {
        routes.addContentTypeParser(JSON_TYPE, (_request, payload, done) => done(null, payload))
        routes.all('/mcp', mcp)
      })
      under(app, '/lost', (routes) => {
        routes.addContentTypeParser(JSON_TYPE, { parseAs: 'string' }, (_request, _body, done) =>
          done(null, null),
        )
        routes.all('/mcp', mcp)
      })
      await app.listen({ port: 0, host: '127.0.0.1' })
      return app.server
    },
    served: {
      'parsed by Fastify': '/mcp',
      'read as bytes': '/buffer/mcp',
      'read as text': '/text/mcp',
      'left unread': '/unread/mcp',
      'handed on as a stream': '/stream/mcp',
    },
    lost: { 'read and dropped': '/lost/mcp' },
    json: { 'the parser of Fastify': '/own/json', 'a schema': '/own/valid' },
    upload: '/own/upload',
  })
})

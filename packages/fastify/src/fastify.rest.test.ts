import compress from '@fastify/compress'
import { ANSWERED_BY_PARSER, describeFramework } from '@portico-example/testing/frameworks'
import fastify from 'fastify'
import {
  createMcpFastifyApp,
  mcpAuthMetadataRouter,
  mcpCors,
  rateLimit,
  requireBearerAuth,
  toFastifyHandler,
} from './index.ts'

describeFramework({
  plainApps: {
    'a Fastify of its own': [
      ...ANSWERED_BY_PARSER.filter((id) => id !== 'modern/json-rpc/parse-error-id'),
      'modern/json-rpc/empty-body',
    ],
  },
  async listen(setup) {
    const { plainApp, protection, maxRequestBodySize, tls } = setup
    const app = plainApp
      ? fastify({ bodyLimit: 4 * 1024 * 1024 })
      : createMcpFastifyApp({ ...protection, maxRequestBodySize, fastify: { https: tls ?? null } })
    app.register(
      async (routes) => {
        if (setup.compressed) await routes.register(compress, { threshold: 0 })
        if (setup.cors) routes.addHook('onRequest', mcpCors(setup.cors))
        if (setup.metadata) routes.register(mcpAuthMetadataRouter(setup.metadata))
        const onRequest = [
          ...(setup.auth ? [requireBearerAuth(setup.auth)] : []),
          ...(setup.rateLimit ? [rateLimit(setup.rateLimit)] : []),
        ]
        for (const [path, handler] of Object.entries(setup.endpoints)) {
          routes.all(path, { onRequest }, toFastifyHandler(handler))
        }
      },
      { prefix: setup.prefix ?? '' },
    )
    await app.listen({ port: 0, host: '127.0.0.1' })
    return app.server
  },
})

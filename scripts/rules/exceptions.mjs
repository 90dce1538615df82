/**
 * What stands against a rule for now: sizes of files, imports as `from → to`, and files that share code as
 * `one ~ other`. The check fails where an exception is no longer needed, so that the lists get shorter.
 */
export const exceptions = {
  fileSize: {
    'packages/auth/src/gate.ts': 205,
    'packages/core/src/input/input-round.ts': 205,
    'packages/core/src/server/exchange.ts': 303,
    'packages/dashboard/page/form.tsx': 487,
    'packages/dashboard/page/schema.ts': 207,
    'packages/sessions/src/contract/event-store-contract.ts': 233,
    'packages/sessions/src/contract/session-store-contract.ts': 320,
    'packages/sessions/src/respond.ts': 201,
    'packages/sessions/src/session.ts': 269,
  },
  importCycles: [
    'packages/sessions/src/live-sessions.ts → packages/sessions/src/node.ts',
    'packages/sessions/src/live-sessions.ts → packages/sessions/src/session.ts',
    'packages/sessions/src/resubscribe.ts → packages/sessions/src/session.ts',
    'packages/sessions/src/server.ts → packages/sessions/src/session.ts',
    'packages/sessions/src/session.ts → packages/sessions/src/hear.ts',
    'packages/sessions/src/session.ts → packages/sessions/src/send.ts',
    'packages/sessions/src/session.ts → packages/sessions/src/standalone.ts',
  ],
  importDirection: ['json-schema/equality.ts → protocol/json-rpc.ts'],
  duplicates: [
    'packages/auth/src/scope-rules.ts ~ packages/auth/src/with-auth.ts',
    'packages/auth/src/scope-rules.ts ~ packages/auth/src/with-resource-metadata.ts',
    'packages/fastify/src/app.ts ~ packages/fastify/src/bridge.ts',
    'packages/express/src/middleware.ts ~ packages/fastify/src/hooks.ts',
    'packages/express/src/middleware.ts ~ packages/hono/src/middleware.ts',
    'packages/hono/src/app.ts ~ packages/koa/src/app.ts',
    'packages/koa/src/app.ts ~ packages/koa/src/bridge.ts',
    'packages/fastify/src/bridge.ts ~ packages/koa/src/bridge.ts',
    'packages/express/src/middleware.ts ~ packages/koa/src/middleware.ts',
    'packages/fastify/src/hooks.ts ~ packages/koa/src/middleware.ts',
    'packages/core/src/handler.ts ~ packages/koa/src/router/create-mcp-router.ts',
    'packages/core/src/http/read-json.ts ~ packages/oauth/src/read-body.ts',
    'packages/core/src/server/exchange.ts ~ packages/sessions/src/link.ts',
  ],
}

import { Refusal } from '../http/errors.ts'
import { addHint } from '../http/log-failure.ts'
import { toError } from '../utils/to-error.ts'
import type { McpServerFactory } from './factory.ts'

/** Returns the error of a factory, with a hint that `logFailure` prints. */
export function factoryFailure(thrown: unknown, factory: McpServerFactory): Error {
  if (thrown instanceof Refusal) return thrown
  const error = toError(thrown)
  const isTakenForServer = factory.length > 0 && /is not a function/.test(error.message)
  addHint(
    error,
    isTakenForServer
      ? 'The factory of createMcpHandler threw. What it is called with is the context of a request ({ era, ' +
          'authInfo, requestInfo }), not a server: it has to build a server and return it, as in ' +
          'createMcpHandler(() => { const server = new McpServer({ name, version }); …; return server })'
      : 'The factory of createMcpHandler threw, so the request was answered with 500. It is called for every ' +
          'request, and has to return a new server each time',
  )
  return error
}

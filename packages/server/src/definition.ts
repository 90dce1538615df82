import type { ServerNotifier } from '@portico-mcp/core'
import { isPromise } from '@portico-mcp/core/internal'
import type { HTTPServerDefinition, HTTPServerFactory, HTTPServerInput } from './input.ts'
import { MCPServer } from './mcp-server.ts'

/** Creates the factory of a definition. */
export function toFactory(definition: HTTPServerDefinition): HTTPServerFactory {
  const { name, version, title, description, websiteUrl, icons, instructions, capabilities } = definition
  const options = { name, version, title, description, websiteUrl, icons, instructions, capabilities }
  // A factory that returns a promise costs a turn of the event loop for each request.
  return (context) => {
    const server = new MCPServer(options)
    const done = definition.setup?.(server, context)
    return isPromise(done) ? Promise.resolve(done).then(() => server) : server
  }
}

/**
 * Returns whether an input takes the context, with its logger. A handler has its own functions. A
 * function without parameters may take it all the same, as `(...args)` does.
 */
export function takesContext(input: HTTPServerInput): boolean {
  if (typeof input === 'function') return input.length > 0
  return 'fetch' in input || (input.setup?.length ?? 0) > 1
}

/** Announces changes where no client listens. */
export const noNotifications: ServerNotifier = {
  toolsChanged() {},
  promptsChanged() {},
  resourcesChanged() {},
  resourceUpdated() {},
}

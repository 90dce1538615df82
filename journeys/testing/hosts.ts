import type { RequestListener } from 'node:http'
import { type AuthorizedOptions, authorized, type DiscoverableOptions, discoverable } from '@portico-mcp/auth'
import type { McpHttpHandler } from '@portico-mcp/core'
import { guarded } from '@portico-mcp/guard'
import { toNodeHandler } from '@portico-mcp/node'
import express from 'express'
import { Hono } from 'hono'

/** An endpoint that takes tokens. */
export interface Endpoint {
  handler: McpHttpHandler
  gate: AuthorizedOptions
  metadata: DiscoverableOptions
}

/** How a framework serves an endpoint at `/mcp`, and its metadata. */
export type Host = (endpoint: Endpoint) => RequestListener

const compose = ({ handler, gate, metadata }: Endpoint) =>
  guarded(discoverable(authorized(handler, gate), metadata))

export const hosts: Record<string, Host> = {
  'plain fetch': (endpoint) => toNodeHandler(compose(endpoint)),
  'Express, by hand': (endpoint) => express().use(express.json(), toNodeHandler(compose(endpoint))),
  'Hono, by hand': (endpoint) => {
    const handler = compose(endpoint)
    return toNodeHandler(new Hono().all('*', ({ req }) => handler.fetch(req.raw)))
  },
}

/** How a framework serves a handler that takes no tokens, at `/mcp`. */
export const openHosts: Record<string, (handler: McpHttpHandler) => RequestListener> = {
  'plain fetch': (handler) => toNodeHandler(guarded(handler)),
}

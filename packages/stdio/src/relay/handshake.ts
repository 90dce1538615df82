import type { InitializeRequest, InitializeResult } from '@modelcontextprotocol/sdk/types.js'
import { createEnvelope, createListFilter, readDiscovery } from './modern-form.ts'
import type { Upstream } from './upstream.ts'

/** How a connection to a server begins. */
export interface Handshake {
  readonly params: InitializeRequest['params']
  /** Whether `notifications/initialized` is sent as well; otherwise the client sends it. */
  readonly completes: boolean
  /** Whether 2026-07-28 is tried first. Otherwise it is tried if `initialize` is refused. */
  readonly discovers: boolean
}

/**
 * Introduces client and server to each other, in a revision that the server speaks.
 *
 * @throws Error if the server answers with an error, or ends first.
 */
export async function completeHandshake(
  upstream: Upstream,
  { params, completes, discovers }: Handshake,
): Promise<InitializeResult> {
  if (discovers && (await discover(upstream, params))) return upstream.introduction as InitializeResult
  const response = await upstream.ask('initialize', { ...params })
  if ('error' in response) {
    if (!discovers && !upstream.isOver && (await discover(upstream, params))) {
      return upstream.introduction as InitializeResult
    }
    throw new Error(`initialize failed: ${response.error.message}`)
  }
  upstream.introduction = response.result as InitializeResult
  if (completes) {
    upstream.notify({ jsonrpc: '2.0', method: 'notifications/initialized' })
    upstream.started()
  }
  return upstream.introduction
}

async function discover(upstream: Upstream, params: InitializeRequest['params']): Promise<boolean> {
  const _meta = createEnvelope(params)
  const introduction = readDiscovery(await upstream.ask('server/discover', { _meta }))
  if (!introduction) return false
  upstream.introduction = introduction
  upstream.isModern = true
  const notifications = createListFilter(introduction)
  // The answer comes when the connection ends.
  if (notifications) void upstream.ask('subscriptions/listen', { notifications, _meta })
  return true
}

import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { legacy, modern } from '../../testing/requests.ts'

const PROTOTYPES: [string, object][] = [
  ['McpServer', SdkMcpServer.prototype],
  ['Server', Server.prototype],
  ['Protocol', Object.getPrototypeOf(Server.prototype)],
]

/** Names that a newer SDK might give to what decides whether a call is served. */
const NAMES = [
  'assertTaskPolicy',
  'checkToolAllowed',
  'sendThroughGate',
  'requestStreamPolicy',
  'removeUntrustedTools',
  'getClientPermissions',
  '_onprogressOrCall',
  'elicitConsentBeforeCall',
  'listRootsOfCall',
  'validatePromptOrTool',
]

beforeEach(() => vi.resetModules())
afterEach(() => vi.resetModules())

/** Whether the SDK answers a call of a server whose class is loaded now. */
async function isLeftToSdk(request: Request): Promise<boolean> {
  const { McpServer } = await import('./mcp-server.ts')
  const { createMcpHandler } = await import('../../handler.ts')
  const { findFastServer } = await import('./fast-server.ts')
  let isLeft = true
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: 's', version: '1' })
    server.registerTool('x', {}, async () => {
      isLeft = findFastServer(server)?.isActive !== true
      return { content: [{ type: 'text', text: 'ran' }] }
    })
    return server
  })
  expect(JSON.stringify(await (await handler.fetch(request)).json())).toContain('ran')
  return isLeft
}

const calls: [string, () => Request][] = [
  ['2026-07-28', () => modern('tools/call', { params: { name: 'x' } })],
  ['2025-11-25', () => legacy('tools/call', { name: 'x' })],
]

describe.each(calls)('a call in %s', (_, call) => {
  it('is answered without the SDK as long as every method of its classes is known', async () => {
    expect(await isLeftToSdk(call())).toBe(false)
  })

  it.each(
    PROTOTYPES.flatMap(([name, prototype]) => NAMES.map((method) => [name, method, prototype] as const)),
  )('is left to an SDK whose %s has a method that is not known: %s', async (_, method, prototype) => {
    Object.defineProperty(prototype, method, { configurable: true, writable: true, value: () => {} })
    try {
      expect(await isLeftToSdk(call())).toBe(true)
    } finally {
      delete (prototype as Record<string, unknown>)[method]
    }
  })

  it('is left to an SDK that has a known method in another class', async () => {
    const name = 'requestTaskStore'
    Object.defineProperty(SdkMcpServer.prototype, name, { configurable: true, value: () => {} })
    try {
      expect(await isLeftToSdk(call())).toBe(true)
    } finally {
      delete (SdkMcpServer.prototype as unknown as Record<string, unknown>)[name]
    }
  })
})

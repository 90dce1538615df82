import { ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import { type Audit, audits, createAuditFixture, runAudit, type Target } from '@portico-mcp/audits'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { toLambdaHandler, toStreamingLambdaHandler } from './index.ts'
import { SHAPES, type Shape, toEvent, toResponse } from './testing/events.ts'
import { NEEDS_A_MEGABYTE, NEEDS_STREAMS, UNTOLD_OF_LEAVING } from './testing/impossible.ts'
import { installStreaming, invokeStreaming } from './testing/runtime.ts'

/** An adapter cannot change what the messages say. */
const carried = audits.filter(({ layer }) => layer !== 'protocol')

const handler = createMcpHandler(createAuditFixture({ McpServer, ResourceTemplate, z }))
const url = 'https://audit.test/mcp'

const impossibleWhole = (shape: Shape): readonly string[] => [
  ...NEEDS_STREAMS,
  ...UNTOLD_OF_LEAVING,
  ...(shape.startsWith('load-balancer') ? NEEDS_A_MEGABYTE : []),
]

describe.each(SHAPES)('buffered behind a %s', (shape) => {
  const handle = toLambdaHandler(handler)
  const fetch = async (request: Request) => toResponse(await handle(await toEvent(shape, request)))
  describeAudits({ url, fetch }, impossibleWhole(shape))
})

describe.each(SHAPES)('streamed behind a %s', (shape) => {
  let handle: ReturnType<typeof toStreamingLambdaHandler>
  beforeAll(() => {
    installStreaming()
    handle = toStreamingLambdaHandler(handler)
  })
  const fetch = async (request: Request) => invokeStreaming(handle, await toEvent(shape, request))
  const isStreamed = shape === 'rest-api' || shape === 'function-url'
  describeAudits({ url, fetch }, isStreamed ? UNTOLD_OF_LEAVING : impossibleWhole(shape))
})

// Core answers in another way where nothing can be streamed.
describe('every audit, buffered', () => {
  const handle = toLambdaHandler(handler)
  const fetch = async (request: Request) => toResponse(await handle(await toEvent('function-url', request)))
  describeAudits({ url, fetch }, impossibleWhole('function-url'), audits)
})

function describeAudits(target: Target, impossible: readonly string[], chosen: readonly Audit[] = carried) {
  it.each(chosen)('$id: $title', async (audit) => {
    const isImpossible = impossible.includes(audit.id)
    const { outcome, message } = await runAudit(audit, target, { timeoutMs: isImpossible ? 250 : 4000 })
    if (isImpossible) return expect(outcome).not.toBe('passed')
    expect(message).toBeUndefined()
    expect(outcome).toBe('passed')
  })
}

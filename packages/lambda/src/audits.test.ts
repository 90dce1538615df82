import { ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import { audits, createAuditFixture, runAudit } from '@portico-mcp/audits'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { toLambdaHandler, toStreamingLambdaHandler } from './index.ts'
import { SHAPES, type Shape, toEvent, toResponse } from './testing/events.ts'
import { installStreaming, invokeStreaming } from './testing/runtime.ts'

const handler = createMcpHandler(createAuditFixture({ McpServer, ResourceTemplate, z }))
const url = 'https://audit.test/mcp'

describe.each(SHAPES)('buffered behind a %s', (shape) => {
  const handle = toLambdaHandler(handler)
  const fetch = async (request: Request) => toResponse(await handle(await toEvent(shape, request)))
  describeAudits({ url, fetch }, {})
})

describe.each(SHAPES)('streamed behind a %s', (shape) => {
  let handle: ReturnType<typeof toStreamingLambdaHandler>
  beforeAll(() => {
    installStreaming()
    handle = toStreamingLambdaHandler(handler)
  })
  const fetch = async (request: Request) => invokeStreaming(handle, await toEvent(shape, request))
  describeAudits({ url, fetch }, {})
})

function describeAudits(target: { url: string; fetch: (request: Request) => Promise<Response> }, impossible: Record<string, string>) {
  it.each(audits)('$id: $title', async (audit) => {
    const { outcome, message } = await runAudit(audit, target, { timeoutMs: 4000 })
    const reason = impossible[audit.id]
    if (reason === undefined) expect(message).toBeUndefined()
    expect(outcome).toBe(reason === undefined ? 'passed' : 'failed')
  })
}

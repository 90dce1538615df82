import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { AuditFixtureParts } from './fixture-parts.ts'
import { said } from './fixture-tools.ts'

const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const

/** What became of calls of `audit_wait`, for as long as the process lives. */
const waits = new Map<string, 'waiting' | 'cancelled' | 'finished'>()

/** The tools of the fixture that report while they work, or take their time; schemas are built once. */
export function registerFixtureReports({ z }: AuditFixtureParts): (server: McpServer) => void {
  const progress = {
    values: z.array(z.number()),
    message: z.string().optional(),
    token: z.string().optional(),
  }
  const wait = { key: z.string(), ms: z.number(), stream: z.boolean().optional() }
  const waited = { key: z.string() }

  return (server) => {
    server.registerTool(
      'audit_progress',
      { description: 'Reports progress', inputSchema: progress },
      async ({ values, message, token }, { _meta, sendNotification }) => {
        const progressToken = token ?? _meta?.progressToken ?? 'nobody-asked'
        for (const value of values) {
          const params = {
            progressToken,
            progress: value,
            total: 100,
            ...(message !== undefined && { message }),
          }
          await sendNotification({ method: 'notifications/progress', params })
        }
        return said('done')
      },
    )

    server.registerTool(
      'audit_late_progress',
      { description: 'Reports progress when it is over' },
      async ({ _meta, sendNotification }) => {
        const progressToken = _meta?.progressToken ?? 'nobody-asked'
        const report = (value: number): Promise<void> =>
          sendNotification({ method: 'notifications/progress', params: { progressToken, progress: value } })
        await report(1)
        setTimeout(() => void report(2).catch(() => {}), 0)
        return said('done')
      },
    )

    server.registerTool('audit_log', { description: 'Logs at every level' }, async ({ sendNotification }) => {
      for (const level of LEVELS) {
        await sendNotification({
          method: 'notifications/message',
          params: { level, logger: 'audit', data: level },
        })
      }
      return said('done')
    })

    server.registerTool('audit_cancel_client', { description: 'Cancels' }, async ({ sendNotification }) => {
      await sendNotification({
        method: 'notifications/cancelled',
        params: { requestId: 'audit', reason: 'audit' },
      })
      return said('done')
    })

    server.registerTool(
      'audit_wait',
      { description: 'Waits until it is cancelled', inputSchema: wait },
      async ({ key, ms, stream }, { signal, _meta, sendNotification }) => {
        waits.set(key, 'waiting')
        if (stream) {
          const progressToken = _meta?.progressToken ?? 'nobody-asked'
          await sendNotification({ method: 'notifications/progress', params: { progressToken, progress: 1 } })
        }
        await cancelledOr(ms, signal)
        waits.set(key, signal.aborted ? 'cancelled' : 'finished')
        return said('done')
      },
    )

    server.registerTool(
      'audit_waited',
      { description: 'Tells what became of a wait', inputSchema: waited },
      ({ key }) => said(waits.get(key) ?? 'unknown'),
    )
  }
}

function cancelledOr(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
    if (signal.aborted) resolve()
  })
}

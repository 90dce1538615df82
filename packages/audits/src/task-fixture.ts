import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { AuditFixtureParts } from './fixture-parts.ts'

const WORK_MS = 60
const WAIT_MS = 20_000

const form = (message: string) => ({
  message,
  requestedSchema: { type: 'object' as const, properties: { which: { type: 'string' as const } } },
})

/**
 * Creates a function that registers the tools of the task audits: `audit_task`, which has to be optional as a task, and
 * `audit_task_required`, which has to be required.
 */
export function registerTaskFixture({ z }: Pick<AuditFixtureParts, 'z'>): (server: McpServer) => void {
  const what = { what: z.enum(['answer', 'fail', 'ask', 'two', 'again', 'wait']).optional() }
  return (server) => {
    const ask = async (message: string): Promise<unknown> =>
      (await server.server.elicitInput(form(message))).content?.which
    const answers: Record<string, (signal: AbortSignal) => Promise<string>> = {
      answer: async () => 'answered',
      fail: async () => {
        throw new Error('audit failure')
      },
      ask: async () => `answered ${await ask('Which?')}`,
      two: async () => `answered ${await Promise.all([ask('Which?'), ask('And which?')])}`,
      again: async () => `answered ${await ask('Which?')} ${await ask('And which?')}`,
      wait: async (signal) => {
        await pause(WAIT_MS, signal)
        return 'waited'
      },
    }
    for (const name of ['audit_task', 'audit_task_required']) {
      const config = { description: 'Takes a while', inputSchema: what }
      server.registerTool(name, config, async ({ what = 'answer' }, { signal }) => {
        await pause(WORK_MS, signal)
        return { content: [{ type: 'text', text: (await answers[what]?.(signal)) ?? '' }] }
      })
    }
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })

import { env } from 'cloudflare:workers'
import { taskQueueContract } from '@portico-mcp/tasks/contract'
import { cloudflare } from '../index.ts'

/** The jobs run in the isolate of the objects, so the cases do, too. */
async function runCase(id: string): Promise<string> {
  const found = taskQueueContract.find((one) => one.id === id)
  const options = { attempts: 3, retryDelayMs: 10 }
  const prefix = crypto.randomUUID()
  const open = () => cloudflare(env.PORTICO, { prefix }).taskQueue(options)
  const unreachable = cloudflare(env.LOST).taskQueue(options)
  try {
    await found?.run({ queue: open(), other: open(), unreachable, attempts: 3, concurrency: 2 })
    return 'passed'
  } catch (error) {
    return String(error)
  }
}

export { PorticoObject } from '../index.ts'
export { LostObject } from './objects-worker.ts'
export default {
  fetch: async (request: Request): Promise<Response> =>
    new Response(await runCase(new URL(request.url).searchParams.get('id') ?? '')),
}

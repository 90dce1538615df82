// A worker process: says what it runs, and ends only what its arguments allow.
import { bullmqQueue } from '@portico-mcp/bullmq'

const [, , url, name, mode, maxStalls] = process.argv as string[] as [
  string,
  string,
  string,
  string,
  string,
  string,
]

const queue = bullmqQueue({
  connection: { url },
  name,
  concurrency: 1,
  stalledIntervalMs: 1000,
  maxStalls: Number(maxStalls),
})

queue.work(
  async ({ taskId }, { attempt, isLast, isExhausted, signal }) => {
    console.log(JSON.stringify({ taskId, attempt, isLast, isExhausted }))
    if (mode === 'hang') await new Promise((resolve) => signal.addEventListener('abort', resolve))
  },
  (error) => console.error(error),
)
console.log('ready')

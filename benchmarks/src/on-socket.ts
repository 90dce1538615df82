import { createServer } from 'node:net'
import autocannon from 'autocannon'
import type { SubjectProcess } from './commands.ts'
import type { LoadOptions } from './load.ts'
import type { Effort, Sample } from './samples.ts'
import { SUBJECTS } from './subjects.ts'
import { nameOf, requestOf, resultOf, WORKS, type Work } from './work.ts'

/** Measures `node:http` with keep-alive; the load comes from this process, which holds no server. */
export async function measureOnSocket(
  processes: Map<string, SubjectProcess>,
  { rounds, seconds, warmUp, connections: counts, works }: Effort,
): Promise<Sample[]> {
  const samples: Sample[] = []
  for (const work of WORKS.filter(works)) {
    const urls = await listening(processes, work)
    for (const connections of counts) {
      for (let round = -1; round < rounds; round++) {
        for (const [subject, url] of urls) {
          const { cpu, rate, p99 } = await measureLoad(processes.get(subject)!, url, requestOf(work), {
            connections,
            duration: round < 0 ? warmUp : seconds,
          })
          if (round < 0) continue
          const name = `socket ${connections}, ${nameOf(work)}`
          for (const [metric, value] of Object.entries({ cpu, rate, p99 }))
            samples.push({ subject, work: name, metric, value })
        }
      }
    }
  }
  return samples
}

async function listening(processes: Map<string, SubjectProcess>, work: Work): Promise<Map<string, string>> {
  const urls = new Map<string, string>()
  for (const [subject, process] of processes) {
    if (!SUBJECTS[subject]!.eras.includes(work.era)) continue
    const url = await startListening(process, work)
    const response = await fetch(url, { method: 'POST', ...requestOf(work) })
    resultOf(await response.text())
    urls.set(subject, url)
  }
  return urls
}

/** Lets a subject listen, and resolves with the URL of its endpoint. */
export async function startListening({ ask }: SubjectProcess, work: Work): Promise<string> {
  return `http://127.0.0.1:${await ask<number>('listen', { work, port: await freePort() })}/mcp`
}

/** How much is sent. */
export interface LoadSize {
  connections: number
  /** Seconds. */
  duration: number
  /** Sends no more than this, as a warm-up. @defaultValue as many as the time allows */
  requests?: number
}

/** What a load took. */
export interface LoadResult {
  /** How many were answered. */
  requests: number
  /** Microseconds of CPU that the subject took a request. */
  cpu: number
  /** Requests a second. */
  rate: number
  /** Milliseconds in which 99 of 100 were answered. */
  p99: number
}

/**
 * Sends requests for some seconds, from this process.
 *
 * @throws Error if a request was refused.
 */
export async function measureLoad(
  { ask }: SubjectProcess,
  url: string,
  load: LoadOptions,
  { connections, duration, requests: most }: LoadSize,
): Promise<LoadResult> {
  const before = await ask<number>('cpu')
  // autocannon ends with a second, also where it was told how much to send, and would be kept awake for the rest of it
  const isMeasured = duration >= 1 && most === undefined
  const rest = isMeasured ? stayAwake() : () => {}
  const { requests, latency, non2xx, errors } = await autocannon({
    url,
    connections,
    // it counts in whole seconds
    ...(duration < 1 ? { amount: connections * 20 } : { duration }),
    ...(most !== undefined && { maxOverallRequests: most }),
    method: 'POST',
    ...load,
  })
  rest()
  const after = await ask<number>('cpu')
  if (non2xx + errors > 0) throw new Error(`${url}: ${non2xx} refused, ${errors} errors`)
  const { total, average } = requests
  return { requests: total, cpu: (after - before) / total, rate: average, p99: latency.p99 }
}

// Waking a process that waits for the response costs the server time, which would be measured too.
function stayAwake(): () => void {
  let awake = true
  const turn = () => void (awake && setImmediate(turn))
  turn()
  return () => {
    awake = false
  }
}

/** A port that nothing listens on, for what cannot be asked for port 0. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

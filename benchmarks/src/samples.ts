import type { Work } from './work.ts'

/** One figure of one subject for one kind of work; the report takes the median of its samples. */
export interface Sample {
  subject: string
  work: string
  /** `cpu`: µs a request; `rate`: requests a second; `p99`: ms. */
  metric: string
  value: number
}

/** How long and how often things are measured. */
export interface Effort {
  rounds: number
  /** Milliseconds of each measurement in process. */
  ms: number
  /** Seconds of each measurement on a socket, and of the warm-up before. */
  seconds: number
  warmUp: number
  connections: readonly number[]
  works: (work: Work) => boolean
  /** Requests of the heap measurement. */
  requests: number
  /** Open `subscriptions/listen` streams. */
  streams: number
}

/** The middle of what was measured. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The median of what one subject needed for some work; undefined where nothing was measured. */
export function medianOf(
  samples: readonly Sample[],
  subject: string,
  work: string,
  metric: string,
): number | undefined {
  const values = samples
    .filter((sample) => sample.subject === subject && sample.work === work && sample.metric === metric)
    .map(({ value }) => value)
  return values.length > 0 ? median(values) : undefined
}

/**
 * How many times as much one subject needed as another: the median of the ratios of each round, which a slow minute
 * of the machine moves less than it moves two medians.
 */
export function ratioOf(
  samples: readonly Sample[],
  subject: string,
  other: string,
  work: string,
  metric: string,
): number | undefined {
  const valuesOf = (name: string): number[] =>
    samples
      .filter((sample) => sample.subject === name && sample.work === work && sample.metric === metric)
      .map(({ value }) => value)
  const others = valuesOf(other)
  const ratios = valuesOf(subject).flatMap((value, round) => {
    const beside = others[round]
    return beside === undefined ? [] : [value / beside]
  })
  return ratios.length > 0 ? median(ratios) : undefined
}

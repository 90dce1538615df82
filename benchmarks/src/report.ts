import { median, medianOf, type Sample } from './samples.ts'
import { SUBJECTS } from './subjects.ts'
import { table } from './table.ts'
import { nameOf, type Work } from './work.ts'

/** One line of the targets: what is compared with what, and how far it must get. */
interface Target {
  title: string
  /** The ratio that was measured; undefined if its parts were not. */
  ratio(samples: readonly Sample[]): number | undefined
  atLeast?: number
  atMost?: number
}

const socket = (work: Work, connections = 32): string => `socket ${connections}, ${nameOf(work)}`

/** How many times as much as Portico another needs. */
const times =
  (other: string, work: string, metric = 'cpu', own = 'portico') =>
  (samples: readonly Sample[]): number | undefined => {
    const theirs = medianOf(samples, other, work, metric)
    const ours = medianOf(samples, own, work, metric)
    return theirs === undefined || ours === undefined ? undefined : theirs / ours
  }

/** How many times as much as another Portico needs. */
const share =
  (other: string, work: string, metric: string) =>
  (samples: readonly Sample[]): number | undefined => {
    const ratio = times(other, work, metric)(samples)
    return ratio === undefined ? undefined : 1 / ratio
  }

const CALL = { method: 'tools/call', era: 'modern', tools: 1, schemas: 'module' } as const
const LIST = { ...CALL, method: 'tools/list', tools: 20 } as const

function against(title: string, work: Work, ofCeiling: number | undefined, of2x: number): Target[] {
  return [
    ...(ofCeiling === undefined
      ? []
      : [
          {
            title: `${title}: of the ceiling`,
            ratio: times('ceiling-http', socket(work)),
            atLeast: ofCeiling,
          },
        ]),
    { title: `${title}: × 2.x`, ratio: times('server-2.x', socket(work)), atLeast: of2x },
  ]
}

/** What Portico means to reach; ratios of CPU a request on a socket with 32 connections, unless said. */
export const TARGETS: readonly Target[] = [
  ...against('tools/call, 1 tool, 2026-07-28', CALL, 0.5, 10),
  ...against('tools/call, 1 tool, 2025-11-25', { ...CALL, era: 'legacy' }, 0.5, 10),
  ...against('tools/call, 20 tools, 2026-07-28', { ...CALL, tools: 20 }, 0.4, 10),
  ...against('tools/call, 20 tools, 2025-11-25', { ...CALL, era: 'legacy', tools: 20 }, 0.4, 10),
  ...against('tools/list, 20 tools, 2026-07-28', LIST, 0.4, 10),
  ...against('tools/list, 20 tools, 2025-11-25', { ...LIST, era: 'legacy' }, 0.4, 10),
  ...against('initialize', { ...CALL, method: 'initialize', era: 'legacy' }, 0.5, 10),
  ...against('server/discover', { ...CALL, method: 'server/discover' }, 0.5, 10),
  ...against('tools/call, schemas in the factory, 1 tool', { ...CALL, schemas: 'factory' }, undefined, 6),
  ...against(
    'tools/call, schemas in the factory, 20 tools',
    { ...CALL, schemas: 'factory', tools: 20 },
    undefined,
    3,
  ),
  {
    title: "the SDK's own McpServer, 2025-11-25: × the 1.x transport",
    ratio: times('sdk-1.x', socket({ ...CALL, era: 'legacy' }), 'cpu', 'portico-sdk'),
    atLeast: 1.5,
  },
  { title: 'p99 of tools/call: × the ceiling', ratio: share('ceiling-http', socket(CALL), 'p99'), atMost: 5 },
  { title: 'heap of an open stream, kB', ratio: heapOfStream, atMost: 8 },
  { title: 'a change to all listeners: × bare streams', ratio: notifying, atMost: 1.5 },
  { title: 'heap growth over all calls, MB', ratio: heapGrowth, atMost: 1 },
  { title: "import: × the SDK's McpServer", ratio: share('sdk-1.x', 'cold', 'import'), atMost: 1.1 },
  {
    title: "minimal Worker: × the SDK's McpServer",
    ratio: share('sdk-1.x', 'minimal Worker', 'bundle'),
    atMost: 1.1,
  },
  {
    title: "the same without Ajv: × the SDK's McpServer",
    ratio: share('sdk-1.x', 'minimal Worker, without Ajv', 'bundle'),
    atMost: 1.1,
  },
]

function heapOfStream(samples: readonly Sample[]): number | undefined {
  const bytes = valuesOf(samples, 'portico', 'heap of each')
  return bytes.length > 0 ? median(bytes) / 1000 : undefined
}

function notifying(samples: readonly Sample[]): number | undefined {
  const [ours, bare] = ['portico', 'bare-sse'].map((subject) => valuesOf(samples, subject, 'notify all'))
  return ours!.length > 0 && bare!.length > 0 ? median(ours!) / median(bare!) : undefined
}

function heapGrowth(samples: readonly Sample[]): number | undefined {
  const bytes = valuesOf(samples, 'portico', 'heap growth')
  return bytes.length > 0 ? median(bytes) / 1e6 : undefined
}

const valuesOf = (samples: readonly Sample[], subject: string, metric: string): number[] =>
  samples.filter((sample) => sample.subject === subject && sample.metric === metric).map(({ value }) => value)

/** How many of the targets were missed, or not measured. */
export function countMissed(samples: readonly Sample[]): number {
  return TARGETS.filter((target) => {
    const value = target.ratio(samples)
    return value === undefined || !isMet(target, value)
  }).length
}

const isMet = ({ atLeast, atMost }: Target, value: number): boolean =>
  atLeast === undefined ? value <= atMost! : value >= atLeast

/** The targets as a table: what was to be reached, what was measured, and whether that is enough. */
export function targetTable(samples: readonly Sample[]): string {
  const rows = TARGETS.map((target) => {
    const { title, ratio, atLeast, atMost } = target
    const value = ratio(samples)
    const goal = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`
    return [
      title,
      goal,
      value?.toFixed(2) ?? '–',
      value === undefined ? '–' : isMet(target, value) ? 'yes' : 'no',
    ]
  })
  return table(['work', 'target', 'measured', 'met'], rows)
}

/** The medians as a table, a row for each work and a column for each subject. */
export function medianTable(samples: readonly Sample[], metric: string, digits = 0): string {
  const measured = samples.filter((sample) => sample.metric === metric)
  const works = [...new Set(measured.map(({ work }) => work))]
  const subjects = [...new Set(measured.map(({ subject }) => subject))]
  const rows = works.map((work) => [
    work,
    ...subjects.map((subject) => medianOf(measured, subject, work, metric)?.toFixed(digits) ?? '–'),
  ])
  return table([metric, ...subjects.map((subject) => SUBJECTS[subject]!.title)], rows)
}

import { computed, signal } from '@preact/signals'
import type { Exchange } from '../../src/exchange.ts'
import { type Reading, readExchange } from './read-exchange.ts'
import { exchanges, imported } from './traffic-feed.ts'

/** An exchange, and what its bodies say. */
export interface Row {
  exchange: Exchange
  reading: Reading
}

/** What the shown exchanges have in common. An empty text stands for any. */
export interface TrafficFilter {
  text: string
  client: string
  era: string
  method: string
  name: string
  status: string
  session: string
  /** Milliseconds that an exchange takes at least. */
  slowerThanMs: string
  withOwn: boolean
}

export const NO_FILTER: TrafficFilter = {
  text: '',
  client: '',
  era: '',
  method: '',
  name: '',
  status: '',
  session: '',
  slowerThanMs: '',
  withOwn: false,
}

export const filter = signal<TrafficFilter>(NO_FILTER)

/** Members of a filter that are chosen from the values which occur. */
export const CHOSEN = ['client', 'era', 'method', 'name', 'session'] as const

const allRows = computed<Row[]>(() =>
  withClients(
    (imported.value ?? exchanges.value).map((exchange) => ({ exchange, reading: readExchange(exchange) })),
  ),
)

/** Adds the client to the requests of a session. Only its `initialize` names it. */
function withClients(rows: Row[]): Row[] {
  const clients = new Map(
    rows.flatMap(({ exchange: { session }, reading: { client } }) =>
      session && client ? [[session, client]] : [],
    ),
  )
  return rows.map((row) => {
    const client = row.reading.client ?? clients.get(row.exchange.session ?? '')
    return client === row.reading.client ? row : { ...row, reading: { ...row.reading, client } }
  })
}

/** The exchanges that the filter lets through. */
export const rows = computed<Row[]>(() => allRows.value.filter((row) => isShown(row, filter.value)))

/** The values that occur, for each member that is chosen from them. */
export const occurring = computed<Record<(typeof CHOSEN)[number], string[]>>(() => {
  const shown = allRows.value.filter(({ exchange }) => filter.value.withOwn || !exchange.isOwn)
  const list = (pick: (row: Row) => string | undefined): string[] =>
    [...new Set(shown.flatMap((row) => pick(row) ?? []))].sort()
  return {
    client: list(({ reading }) => reading.client),
    era: list(({ reading }) => reading.era),
    method: list(({ reading }) => reading.method),
    name: list(({ reading }) => reading.name),
    session: list(({ exchange }) => exchange.session),
  }
})

function isShown({ exchange, reading }: Row, wanted: TrafficFilter): boolean {
  if (exchange.isOwn && !wanted.withOwn) return false
  const values = { ...reading, session: exchange.session }
  if (CHOSEN.some((member) => wanted[member] !== '' && values[member] !== wanted[member])) return false
  return (
    hasStatus(exchange, reading, wanted.status) &&
    (wanted.slowerThanMs === '' || (exchange.durationMs ?? 0) >= Number(wanted.slowerThanMs)) &&
    hasText(exchange, reading, wanted.text)
  )
}

function hasStatus({ outcome, status }: Exchange, { isError }: Reading, wanted: string): boolean {
  if (wanted === '') return true
  if (wanted === 'error') return isError
  if (wanted === 'open') return outcome === 'open'
  return String(status ?? '').startsWith(wanted)
}

function hasText(exchange: Exchange, { method, name, client, era }: Reading, text: string): boolean {
  const words = [method, name, client, era, exchange.status, exchange.session, exchange.path, exchange.method]
  return words.join(' ').toLowerCase().includes(text.trim().toLowerCase())
}

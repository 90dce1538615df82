import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { Body, Exchange } from '../src/exchange.ts'
import { Json, JsonText } from './json.tsx'
import { duration } from './outcome.tsx'
import { type Reading, readExchange } from './read-exchange.ts'
import { clearTraffic, exchanges, feedProblem, isPaused, pause } from './traffic-feed.ts'

/** What reaches the endpoint, as it happens. */
export function Traffic(): VNode {
  const [query, setQuery] = useState('')
  const [withOwn, setWithOwn] = useState(true)
  const rows = exchanges.value
    .map((exchange) => ({ exchange, reading: readExchange(exchange) }))
    .filter(({ reading }) => withOwn || !reading.isOwn)
    .filter((row) => isFound(row, query))
  return (
    <section class="wide" aria-label="Traffic">
      <div class="heading">
        <h1>
          Traffic <span class="count">{rows.length}</span>
        </h1>
        <div class="actions">
          <input
            type="search"
            class="search"
            placeholder="Filter"
            aria-label="Filter the traffic"
            value={query}
            onInput={({ currentTarget }) => setQuery(currentTarget.value)}
          />
          <label class="inline">
            <input
              type="checkbox"
              checked={withOwn}
              onChange={({ currentTarget }) => setWithOwn(currentTarget.checked)}
            />{' '}
            of this page
          </label>
          <button type="button" aria-pressed={isPaused.value} onClick={() => pause(!isPaused.value)}>
            {isPaused.value ? 'Resume' : 'Pause'}
          </button>
          <button type="button" onClick={() => void clearTraffic()}>
            Clear
          </button>
        </div>
      </div>
      {feedProblem.value && <p class="message bad">The traffic cannot be followed: {feedProblem.value}</p>}
      {rows.length === 0 && <p class="quiet">Nothing yet. What clients send to the endpoint appears here.</p>}
      <Rows exchanges={rows.map(({ exchange }) => exchange)} />
    </section>
  )
}

/** Exchanges, each to be opened. */
export function Rows({ exchanges }: { exchanges: readonly Exchange[] }): VNode {
  return (
    <ul class="traffic">
      {exchanges.map((exchange) => (
        <li key={exchange.id}>
          <Row exchange={exchange} reading={readExchange(exchange)} />
        </li>
      ))}
    </ul>
  )
}

interface RowProps {
  exchange: Exchange
  reading: Reading
}

const isFound = ({ exchange, reading }: RowProps, query: string): boolean => {
  const { method, name, client, era } = reading
  const words = [method, name, client, era, exchange.status, exchange.session, exchange.path, exchange.method]
  return words.join(' ').toLowerCase().includes(query.trim().toLowerCase())
}

const OUTCOMES = { open: 'open', done: 'done', left: 'client left', broken: 'broke' } as const

function Row({ exchange, reading }: RowProps): VNode {
  const [isOpen, open] = useState(false)
  const { startedAt, status, outcome, durationMs } = exchange
  return (
    <details open={isOpen} onToggle={({ currentTarget }) => open(currentTarget.open)}>
      <summary class={reading.isError ? 'bad' : outcome}>
        <span class="dot" aria-hidden="true" />
        <span class="method">{reading.method}</span>
        <span class="subject">{reading.name ?? (reading.method === 'initialize' && reading.client)}</span>
        <span class="era">{reading.era && <span class={`tag era${reading.era}`}>{reading.era}</span>}</span>
        <span class="status">{status ?? '…'}</span>
        <span class="time">{durationMs === undefined ? OUTCOMES[outcome] : duration(durationMs)}</span>
        <time dateTime={new Date(startedAt).toISOString()}>{clock(startedAt)}</time>
      </summary>
      {isOpen && <Whole exchange={exchange} reading={reading} />}
    </details>
  )
}

function Whole({ exchange, reading }: RowProps): VNode {
  const { method, path, session, headers, responseHeaders, request, response, outcome } = exchange
  const facts = [
    reading.client && `client ${reading.client}`,
    reading.version && `revision ${reading.version}`,
    session && `session ${session}`,
    OUTCOMES[outcome],
    `${response.size} bytes out`,
  ].filter(Boolean)
  return (
    <div class="whole">
      <p class="facts">{facts.join(' · ')}</p>
      <div class="pair">
        <section>
          <h2 class="side-title">Request</h2>
          <Headers title={`${method} ${path}`} headers={headers} />
          <Shown body={request} value={reading.request} label="request" />
        </section>
        <section>
          <h2 class="side-title">Response</h2>
          <Headers
            title={exchange.status ? `HTTP ${exchange.status}` : 'not yet'}
            headers={responseHeaders}
          />
          {reading.messages.length > 1 ? (
            reading.messages.map((message, index) => (
              <Json key={index} value={message} label={`message ${index + 1}`} />
            ))
          ) : (
            <Shown body={response} value={reading.messages[0]} label="response" />
          )}
        </section>
      </div>
    </div>
  )
}

function Headers({ title, headers }: { title: string; headers: Record<string, string> }): VNode {
  return (
    <details class="headers">
      <summary>{title}</summary>
      <dl>
        {Object.entries(headers).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}

function Shown({ body, value, label }: { body: Body; value: unknown; label: string }): VNode {
  if (body.text === '')
    return <p class="quiet">{body.size > 0 ? `${body.size} bytes, not kept` : 'No body'}</p>
  return (
    <>
      {value === undefined ? (
        <JsonText text={body.text} label={label} />
      ) : (
        <Json value={value} label={label} />
      )}
      {body.isCut && <p class="quiet">Cut: {body.size} in all</p>}
    </>
  )
}

const clock = (at: number): string => new Date(at).toLocaleTimeString(undefined, { hour12: false })

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { Body, Exchange } from '../../src/exchange.ts'
import { duration } from '../duration.ts'
import { Json, JsonText } from '../json.tsx'
import { Actions } from './actions.tsx'
import type { Reading } from './read-exchange.ts'
import { Timing } from './timing.tsx'

/** Exchanges, each to be opened. */
export function Rows({ rows }: { rows: readonly RowProps[] }): VNode {
  return (
    <ul class="traffic">
      {rows.map(({ exchange, reading }) => (
        <li key={exchange.id}>
          <Row exchange={exchange} reading={reading} />
        </li>
      ))}
    </ul>
  )
}

interface RowProps {
  exchange: Exchange
  reading: Reading
}

const OUTCOMES = { open: 'open', done: 'done', left: 'client left', broken: 'failed' } as const

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
    `${response.size} bytes sent`,
  ].filter(Boolean)
  return (
    <div class="whole">
      <p class="facts">{facts.join(' · ')}</p>
      <Timing exchange={exchange} />
      <Actions exchange={exchange} reading={reading} />
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
            <ManyMessages messages={reading.messages} />
          ) : (
            <Shown body={response} value={reading.messages[0]} label="response" />
          )}
        </section>
      </div>
    </div>
  )
}

const MAX_MESSAGES = 20

/** The messages of a stream: the first, and the last, which has the result. */
function ManyMessages({ messages }: { messages: readonly unknown[] }): VNode {
  const [isWhole, showAll] = useState(false)
  const left = isWhole ? 0 : Math.max(0, messages.length - MAX_MESSAGES)
  const shown = messages
    .map((message, index) => ({ message, number: index + 1 }))
    .filter(({ number }) => number < MAX_MESSAGES || number > messages.length - 1 || left === 0)
  return (
    <>
      {left > 0 && (
        <p class="quiet">
          {left} messages before the last one left out{' '}
          <button type="button" class="small" onClick={() => showAll(true)}>
            Show all
          </button>
        </p>
      )}
      {shown.map(({ message, number }) => (
        <Json key={number} value={message} label={`message ${number}`} />
      ))}
    </>
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
      {body.isCut && <p class="quiet">Only the beginning was kept, of {body.size}</p>}
    </>
  )
}

const clock = (at: number): string => new Date(at).toLocaleTimeString(undefined, { hour12: false })

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { Exchange } from '../../src/exchange.ts'
import { Copy } from '../copy.tsx'
import { toAuditCase, toClientCall, toCurl } from './copy-as.ts'
import { openInWorkbench } from './open-in-workbench.ts'
import type { Reading } from './read-exchange.ts'
import { Replay } from './replay.tsx'

interface ActionsProps {
  exchange: Exchange
  reading: Reading
}

/** The ways on from a recorded request. */
export function Actions({ exchange, reading }: ActionsProps): VNode | null {
  const [replayed, replay] = useState<'as-recorded' | 'edited' | undefined>(undefined)
  const { isCut, text } = exchange.request
  if (exchange.method !== 'POST' || text === '') return null
  if (isCut || reading.request === undefined) {
    return <p class="quiet">The request was not kept whole, so it cannot be sent again.</p>
  }
  const open = openInWorkbench(reading)
  return (
    <>
      <div class="actions">
        {open && (
          <button type="button" class="small primary" onClick={open}>
            Open in workbench
          </button>
        )}
        <button
          type="button"
          class="small"
          aria-pressed={replayed === 'as-recorded'}
          onClick={() => replay('as-recorded')}
        >
          Replay
        </button>
        <button
          type="button"
          class="small"
          aria-pressed={replayed === 'edited'}
          onClick={() => replay('edited')}
        >
          Edit and replay
        </button>
        <Copy text={() => toCurl(exchange)} label="Copy as curl" title="Copy as curl" />
        <Copy
          text={() => toClientCall(reading)}
          label="Copy as TypeScript client call"
          title="Copy as TypeScript"
        />
        <Copy text={() => toAuditCase(reading)} label="Copy as audit case" title="Copy as audit case" />
      </div>
      {text.includes('[redacted]') && (
        <p class="quiet">Secrets in the request were hidden, and are sent and copied as [redacted].</p>
      )}
      {replayed && (
        <Replay key={replayed} exchange={exchange} reading={reading} isEdited={replayed === 'edited'} />
      )}
    </>
  )
}

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { Json } from '../json.tsx'
import type { Transcript, TranscriptEntry } from './transcript.ts'

/** The JSON-RPC messages of a call, in both directions. */
export function Messages({ transcript }: { transcript: Transcript }): VNode {
  transcript.version.value
  const { entries, count } = transcript
  const left = count - entries.length
  return (
    <>
      {left > 0 && <p class="quiet">{left} messages in the middle left out</p>}
      <ol class="messages" aria-label="Messages">
        {entries.map((entry, index) => (
          <li key={index}>
            <Message entry={entry} />
          </li>
        ))}
      </ol>
    </>
  )
}

function Message({ entry: { direction, atMs, message } }: { entry: TranscriptEntry }): VNode {
  const [isOpen, open] = useState(false)
  const kind = message.method ?? (message.error ? 'error' : 'result')
  return (
    <details onToggle={({ currentTarget }) => open(currentTarget.open)}>
      <summary class={direction}>
        <span aria-hidden="true">{direction === 'sent' ? '→' : '←'}</span>{' '}
        <span class="unseen">{direction}</span> <span class="method">{kind}</span>{' '}
        <span class="time">{atMs.toFixed(0)} ms</span>
      </summary>
      {isOpen && <Json value={message} label={`${direction} ${kind}`} />}
    </details>
  )
}

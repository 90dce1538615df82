import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Exchange } from '../../src/exchange.ts'
import { Diff } from '../bench/compare.tsx'
import { duration } from '../duration.ts'
import { Fold } from '../fold.tsx'
import { Json, JsonText } from '../json.tsx'
import type { Reading } from './read-exchange.ts'
import { type Replayed, sendAgain } from './send-again.ts'

interface ReplayProps {
  exchange: Exchange
  reading: Reading
  isEdited: boolean
}

/** Sends a recorded request again, as it was or changed, and shows the response beside the recorded one. */
export function Replay({ exchange, reading, isEdited }: ReplayProps): VNode {
  const [body, setBody] = useState(() =>
    isEdited ? JSON.stringify(reading.request, null, 2) : exchange.request.text,
  )
  const [replayed, setReplayed] = useState<Replayed | undefined>(undefined)
  const [problem, setProblem] = useState<string | undefined>(undefined)
  const [isBusy, setBusy] = useState(false)
  const send = async (): Promise<void> => {
    setBusy(true)
    setProblem(undefined)
    try {
      setReplayed(await sendAgain(exchange, body))
    } catch (error) {
      setProblem((error as Error).message)
    }
    setBusy(false)
  }
  useEffect(() => {
    if (!isEdited) void send()
  }, [])
  return (
    <section class="replay" aria-label="Replay">
      {isEdited && (
        <textarea
          class="code"
          aria-label="Request to replay"
          spellcheck={false}
          rows={Math.min(24, body.split('\n').length + 1)}
          value={body}
          onInput={({ currentTarget }) => setBody(currentTarget.value)}
        />
      )}
      <div class="actions">
        <button type="button" class="small" disabled={isBusy} onClick={() => void send()}>
          {isBusy ? 'Sending…' : replayed ? 'Send again' : 'Send'}
        </button>
        {replayed && (
          <span class="facts" role="status">
            HTTP {replayed.status} · {duration(replayed.durationMs)}
            {replayed.isCut && ' · ended after 30 s'}
          </span>
        )}
      </div>
      {problem && (
        <p class="message bad" role="alert">
          {problem}
        </p>
      )}
      {replayed && <Response replayed={replayed} recorded={reading.messages} />}
    </section>
  )
}

function Response({ replayed, recorded }: { replayed: Replayed; recorded: readonly unknown[] }): VNode {
  const last = replayed.messages.at(-1)
  return (
    <>
      {last === undefined ? (
        replayed.text && <JsonText text={replayed.text} label="replayed response" />
      ) : (
        <Json value={last} label="replayed response" />
      )}
      {last !== undefined && recorded.length > 0 && (
        <Fold title="Compare with the recorded response">
          {() => <Diff label="Differences of the responses" before={recorded.at(-1)} after={last} />}
        </Fold>
      )}
    </>
  )
}

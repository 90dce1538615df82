import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { Scroll } from '../json.tsx'
import { diffLines } from './diff.ts'
import type { PastRun } from './kept-benches.ts'

/** Two calls, with what differs between their arguments and results. */
export function Comparison({ one, other }: { one: PastRun; other: PastRun }): VNode {
  return (
    <section class="comparison" aria-label="Comparison">
      <h3>Arguments</h3>
      <Diff label="Differences of the arguments" before={one.args} after={other.args} />
      <h3>Results</h3>
      <Diff label="Differences of the results" before={resultOf(one)} after={resultOf(other)} />
    </section>
  )
}

const resultOf = ({ reply, failure, isCut, state }: PastRun): unknown =>
  isCut ? 'The result was too large to be kept' : (reply?.result ?? reply?.error ?? failure ?? state)

const MARKS = { same: ' ', removed: '−', added: '+' }

/** The lines of two values as JSON, with those that differ marked. */
export function Diff({ label, before, after }: { label: string; before: unknown; after: unknown }): VNode {
  const lines = useMemo(() => diffLines(toText(before), toText(after)), [before, after])
  const isSame = lines.every(({ kind }) => kind === 'same')
  return (
    <>
      {isSame && <p class="quiet">No difference</p>}
      <Scroll label={label}>
        {lines.map(({ kind, text }, index) => (
          <span key={index} class={`diff ${kind}`}>
            {`${MARKS[kind]} ${text}\n`}
          </span>
        ))}
      </Scroll>
    </>
  )
}

const toText = (value: unknown): string => JSON.stringify(value, null, 2) ?? ''

import type { ComponentChildren, VNode } from 'preact'
import { Copy } from '../copy.tsx'
import { linkWithArguments } from '../place.ts'
import type { Bench, BenchKind } from './bench.ts'

interface BenchActionsProps {
  kind: BenchKind
  name: string
  bench: Bench
  args: unknown
  submit: string
  isDisabled?: boolean
  children?: ComponentChildren
}

/** The buttons below a form: send it, link to it with its arguments, and empty it. */
export function BenchActions(props: BenchActionsProps): VNode {
  const { kind, name, bench, args, submit, isDisabled = false, children } = props
  const isRunning = bench.runner.run.value?.state === 'running'
  return (
    <div class="actions">
      <button type="submit" class="primary" disabled={isDisabled || isRunning}>
        {submit}
      </button>
      {children}
      <Copy
        text={() => new URL(linkWithArguments(kind, name, args), location.href).href}
        label="Copy link with these arguments"
        title="Copy link"
      />
      {bench.draft.value !== undefined && (
        <button type="button" class="small quiet" onClick={() => bench.replace(undefined)}>
          Reset form
        </button>
      )}
    </div>
  )
}

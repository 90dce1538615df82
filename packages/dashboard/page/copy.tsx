import type { VNode } from 'preact'
import { useState } from 'preact/hooks'

const SHOWN_MS = 1500

/** Copies a text. */
export function Copy({ text, label }: { text: string; label: string }): VNode {
  const [said, say] = useState('')
  const copy = async (): Promise<void> => {
    const words = await navigator.clipboard.writeText(text).then(
      () => 'Copied',
      () => 'Not allowed',
    )
    say(words)
    setTimeout(() => say(''), SHOWN_MS)
  }
  return (
    <button type="button" class="small copy" aria-label={label} onClick={copy}>
      <span aria-live="polite">{said || 'Copy'}</span>
    </button>
  )
}

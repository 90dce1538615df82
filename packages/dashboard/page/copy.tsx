import type { VNode } from 'preact'
import { useState } from 'preact/hooks'

const SHOWN_MS = 1500

interface CopyProps {
  /** The text, or a function that creates it when it is copied. */
  text: string | (() => string)
  label: string
  /** The words on the button. @defaultValue 'Copy' */
  title?: string
}

/** Copies a text. */
export function Copy({ text, label, title = 'Copy' }: CopyProps): VNode {
  const [said, say] = useState('')
  const copy = async (): Promise<void> => {
    const words = await navigator.clipboard.writeText(typeof text === 'string' ? text : text()).then(
      () => 'Copied',
      () => 'Not allowed',
    )
    say(words)
    setTimeout(() => say(''), SHOWN_MS)
  }
  return (
    <button type="button" class="small copy" aria-label={label} onClick={copy}>
      <span aria-live="polite">{said || title}</span>
    </button>
  )
}

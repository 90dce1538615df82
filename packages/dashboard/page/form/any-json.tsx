import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { type Control, useDescription } from './control.tsx'

/** A value without a known shape, as JSON. */
export function AnyJson(control: Control): VNode {
  const { value, onchange, isRequired } = control
  const [draft, setDraft] = useState<string | undefined>(undefined)
  const [isBroken, setBroken] = useState(false)
  return (
    <>
      <textarea
        {...useDescription(control)}
        class="code"
        rows={2}
        spellcheck={false}
        placeholder="JSON"
        aria-invalid={isBroken}
        value={draft ?? (value === undefined ? '' : JSON.stringify(value, null, 2))}
        onInput={({ currentTarget }) => {
          const text = currentTarget.value
          setDraft(text)
          if (text.trim() === '' && !isRequired) {
            setBroken(false)
            return onchange(undefined)
          }
          try {
            onchange(JSON.parse(text))
            setBroken(false)
          } catch {
            setBroken(true)
          }
        }}
      />
      {isBroken && <div class="hint bad">This is not JSON yet</div>}
    </>
  )
}

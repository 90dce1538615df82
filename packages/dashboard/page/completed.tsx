import type { VNode } from 'preact'
import { useEffect, useId, useState } from 'preact/hooks'
import { request } from './access.ts'
import { Markdown } from './markdown.tsx'
import { discovered } from './server.ts'

interface CompletedProps {
  name: string
  description?: string | undefined
  isRequired: boolean
  /** What the argument is of. */
  reference: object
  others: Record<string, string>
  onchange: (value: string) => void
}

const PAUSE_MS = 200

/** A field whose values the server may suggest. */
export function Completed({
  name,
  description,
  isRequired,
  reference,
  others,
  onchange,
}: CompletedProps): VNode {
  const id = useId()
  const value = others[name] ?? ''
  const [isTouched, touch] = useState(false)
  const [suggestions, suggest] = useState<string[]>([])
  const canSuggest = discovered.value?.capabilities.completions !== undefined
  useEffect(() => {
    if (!canSuggest || !isTouched) return undefined
    const controller = new AbortController()
    const timer = setTimeout(() => {
      const { [name]: _, ...known } = others
      request(
        'completion/complete',
        { ref: reference, argument: { name, value }, context: { arguments: known } },
        { signal: controller.signal },
      ).then(
        ({ result }) => suggest((result?.completion?.values ?? []).map(String)),
        () => suggest([]),
      )
    }, PAUSE_MS)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [value, isTouched, canSuggest])
  return (
    <div class="field">
      <label for={id}>
        <span class="name">{name}</span>
        {isRequired && (
          <span class="required" aria-hidden="true">
            *
          </span>
        )}
      </label>
      <input
        id={id}
        list={`${id}-values`}
        autocomplete="off"
        value={value}
        aria-required={isRequired}
        onFocus={() => touch(true)}
        onInput={({ currentTarget }) => onchange(currentTarget.value)}
      />
      <datalist id={`${id}-values`}>
        {suggestions.map((suggestion) => (
          <option key={suggestion} value={suggestion} />
        ))}
      </datalist>
      {description && (
        <div class="hint">
          <Markdown text={description} />
        </div>
      )}
    </div>
  )
}

import type { VNode } from 'preact'
import { choicesOf } from '../schema.ts'
import { type Control, useDescription } from './control.tsx'

const INPUT_MODES: Record<string, 'email' | 'url'> = { email: 'email', uri: 'url' }

/** A string. */
export function Text(control: Control): VNode {
  const { schema, value, onchange, isRequired } = control
  const text = typeof value === 'string' ? value : ''
  const change = (event: { currentTarget: { value: string } }): void => {
    const { value } = event.currentTarget
    onchange(value === '' && !isRequired ? undefined : value)
  }
  const placeholder = typeof schema.examples?.[0] === 'string' ? schema.examples[0] : undefined
  if (schema.format === 'date' || schema.format === 'time') {
    return <input {...useDescription(control)} type={schema.format} step={1} value={text} onInput={change} />
  }
  if (schema.format === 'date-time') return <DateTime {...control} />
  const rows = Math.min(12, Math.max(1, text.split('\n').length))
  return (
    <textarea
      {...useDescription(control)}
      rows={rows}
      value={text}
      placeholder={placeholder}
      inputMode={INPUT_MODES[schema.format] ?? 'text'}
      spellcheck={false}
      onInput={change}
    />
  )
}

/** A date and time: typed, picked, or now. */
function DateTime(control: Control): VNode {
  const { value, onchange, isRequired, label } = control
  const text = typeof value === 'string' ? value : ''
  const date = new Date(text)
  const isRead = !Number.isNaN(date.getTime())
  // the picker shows and takes local time
  const local = isRead ? new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString() : ''
  return (
    <div class="with-picker">
      <input
        {...useDescription(control)}
        value={text}
        placeholder="2026-01-31T12:00:00Z"
        spellcheck={false}
        onInput={({ currentTarget: { value } }) => onchange(value === '' && !isRequired ? undefined : value)}
      />
      <input
        type="datetime-local"
        step={1}
        aria-label={`Pick a time for ${label}`}
        value={local.slice(0, 19)}
        onInput={({ currentTarget: { value } }) => {
          if (value) onchange(new Date(value).toISOString())
        }}
      />
      <button type="button" class="small" onClick={() => onchange(new Date().toISOString())}>
        Now <span class="unseen">for {label}</span>
      </button>
    </div>
  )
}

/** A number. */
export function Numeric(control: Control): VNode {
  const { schema, value, onchange } = control
  return (
    <input
      {...useDescription(control)}
      type="number"
      step={schema.type === 'integer' ? 1 : 'any'}
      value={typeof value === 'number' ? value : ''}
      onInput={({ currentTarget }) =>
        onchange(Number.isNaN(currentTarget.valueAsNumber) ? undefined : currentTarget.valueAsNumber)
      }
    />
  )
}

/** A boolean. One that may be left out has three states. */
export function Flag(control: Control): VNode {
  const { value, onchange, isRequired } = control
  if (isRequired || typeof control.schema.default === 'boolean') {
    return (
      <input
        {...useDescription(control)}
        type="checkbox"
        checked={value === true}
        onChange={({ currentTarget }) => onchange(currentTarget.checked)}
      />
    )
  }
  const choices = [
    { value: true, label: 'true' },
    { value: false, label: 'false' },
  ]
  return <Select {...control} choices={choices} />
}

/** One of a list of values. */
export function Choice(control: Control): VNode {
  return <Select {...control} choices={choicesOf(control.schema)!} />
}

function Select({ choices, ...control }: Control & { choices: { value: unknown; label: string }[] }): VNode {
  const { value, onchange, isRequired } = control
  const chosen = choices.findIndex((choice) => JSON.stringify(choice.value) === JSON.stringify(value))
  return (
    <select
      {...useDescription(control)}
      value={String(chosen)}
      onChange={({ currentTarget }) => onchange(choices[Number(currentTarget.value)]?.value)}
    >
      <option value="-1">{isRequired ? 'Choose…' : 'Not set'}</option>
      {choices.map((choice, index) => (
        <option key={choice.label} value={String(index)}>
          {choice.label}
        </option>
      ))}
    </select>
  )
}

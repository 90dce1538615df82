import type { ComponentChildren, VNode } from 'preact'
import { useId, useState } from 'preact/hooks'
import { Markdown } from './markdown.tsx'
import {
  choicesOf,
  initialValue,
  isObject,
  isRequiredIn,
  kindOf,
  limitsOf,
  nameOf,
  resolve,
  type Schema,
  summaryOf,
  variantOf,
  variantsOf,
} from './schema.ts'

interface Control {
  schema: Schema
  root: Schema
  value: unknown
  onchange: (value: unknown) => void
  id: string
  isRequired: boolean
  label: string
}

/** A form for the members of an object, as its JSON Schema describes them. */
export function Form({
  schema,
  value,
  onchange,
}: {
  schema: Schema
  value: unknown
  onchange: (value: unknown) => void
}): VNode {
  const resolved = resolve(schema, schema)
  return <Members schema={resolved} root={schema} value={value} onchange={onchange} />
}

function Members({
  schema,
  root,
  value,
  onchange,
}: Pick<Control, 'schema' | 'root' | 'value' | 'onchange'>): VNode {
  const members = isObject(value) ? value : {}
  const names = Object.keys(schema.properties ?? {})
  const change = (name: string, member: unknown): void => {
    const { [name]: _, ...others } = members
    onchange(member === undefined ? others : { ...members, [name]: member })
  }
  return (
    <>
      {names.map((name) => (
        <Field
          key={name}
          name={name}
          schema={schema.properties[name]}
          root={root}
          value={members[name]}
          isRequired={isRequiredIn(schema, name)}
          onchange={(member) => change(name, member)}
        />
      ))}
      {(isObject(schema.additionalProperties) ||
        (schema.additionalProperties === true && names.length === 0)) && (
        <Entries schema={schema} root={root} members={members} names={names} onchange={onchange} />
      )}
    </>
  )
}

interface FieldProps {
  name: string
  schema: unknown
  root: Schema
  value: unknown
  isRequired: boolean
  onchange: (value: unknown) => void
}

function Field({ name, schema: given, root, value, isRequired, onchange }: FieldProps): VNode {
  const id = useId()
  const schema = resolve(given, root)
  const kind = kindOf(schema)
  const label = typeof schema.title === 'string' ? schema.title : name
  const hints = limitsOf(schema)
  const control: Control = { schema, root, value, onchange, id, isRequired, label }
  const about = (
    <>
      {typeof schema.description === 'string' && (
        <div class="hint" id={`${id}-hint`}>
          <Markdown text={schema.description} />
        </div>
      )}
      {hints.length > 0 && <div class="hint">{hints.join(', ')}</div>}
    </>
  )
  const heading = (
    <>
      <span class="name">{label}</span>
      {isRequired && (
        <span class="required" aria-hidden="true">
          *
        </span>
      )}
      <span class="type" aria-hidden="true">
        {summaryOf(schema, root)}
      </span>
    </>
  )
  const isGroup = kind === 'object' || kind === 'array' || kind === 'union'
  const isChoices = kind === 'array' && choicesOf(resolve(schema.items, root)) !== undefined
  if (isGroup && value === undefined && !isRequired && !isChoices) {
    return (
      <div class="field absent">
        <div class="heading">
          <span class="title">{heading}</span>
          <button type="button" class="small" onClick={() => onchange(filledValue(schema, root))}>
            Add <span class="unseen">{label}</span>
          </button>
        </div>
        {about}
      </div>
    )
  }
  if (isGroup) {
    return (
      <fieldset class="field group">
        <legend>{heading}</legend>
        {about}
        <Value {...control} />
        {!isRequired && !isChoices && (
          <button type="button" class="small quiet" onClick={() => onchange(undefined)}>
            Leave out <span class="unseen">{label}</span>
          </button>
        )}
      </fieldset>
    )
  }
  return (
    <div class="field">
      <label for={id}>{heading}</label>
      <Value {...control} />
      {about}
    </div>
  )
}

function Value(control: Control): VNode {
  switch (kindOf(control.schema)) {
    case 'union':
      return <Union {...control} />
    case 'enum':
      return <Choice {...control} />
    case 'object':
      return <Members {...control} />
    case 'array':
      return <Items {...control} />
    case 'string':
      return <Text {...control} />
    case 'number':
    case 'integer':
      return <Numeric {...control} />
    case 'boolean':
      return <Flag {...control} />
    case 'null':
      return <input id={control.id} class="constant" value="null" readOnly aria-label={control.label} />
    default:
      return <AnyJson {...control} />
  }
}

const described = ({ id, schema, isRequired }: Control): Record<string, string | undefined> => ({
  id,
  'aria-describedby': typeof schema.description === 'string' ? `${id}-hint` : undefined,
  'aria-required': isRequired ? 'true' : undefined,
})

const INPUT_MODES: Record<string, 'email' | 'url'> = { email: 'email', uri: 'url' }

function Text(control: Control): VNode {
  const { schema, value, onchange, isRequired } = control
  const text = typeof value === 'string' ? value : ''
  const change = (event: { currentTarget: { value: string } }): void => {
    const { value } = event.currentTarget
    onchange(value === '' && !isRequired ? undefined : value)
  }
  const placeholder = typeof schema.examples?.[0] === 'string' ? schema.examples[0] : undefined
  if (schema.format === 'date')
    return <input {...described(control)} type="date" value={text} onInput={change} />
  const rows = Math.min(12, Math.max(1, text.split('\n').length))
  return (
    <textarea
      {...described(control)}
      rows={rows}
      value={text}
      placeholder={placeholder ?? (schema.format === 'date-time' ? '2026-01-31T12:00:00Z' : undefined)}
      inputMode={INPUT_MODES[schema.format] ?? 'text'}
      spellcheck={false}
      onInput={change}
    />
  )
}

function Numeric(control: Control): VNode {
  const { schema, value, onchange } = control
  return (
    <input
      {...described(control)}
      type="number"
      step={schema.type === 'integer' ? 1 : 'any'}
      value={typeof value === 'number' ? value : ''}
      onInput={({ currentTarget }) =>
        onchange(Number.isNaN(currentTarget.valueAsNumber) ? undefined : currentTarget.valueAsNumber)
      }
    />
  )
}

function Flag(control: Control): VNode {
  const { value, onchange, isRequired } = control
  if (isRequired || typeof control.schema.default === 'boolean') {
    return (
      <input
        {...described(control)}
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

function Choice(control: Control): VNode {
  return <Select {...control} choices={choicesOf(control.schema)!} />
}

function Select({ choices, ...control }: Control & { choices: { value: unknown; label: string }[] }): VNode {
  const { value, onchange, isRequired } = control
  const chosen = choices.findIndex((choice) => JSON.stringify(choice.value) === JSON.stringify(value))
  return (
    <select
      {...described(control)}
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

function Union(control: Control): VNode {
  const { schema, root, value, onchange, id, label } = control
  const variants = variantsOf(schema)!
  const [picked, pick] = useState<number | undefined>(undefined)
  const chosen = picked ?? variantOf(variants, value, root)
  const variant = resolve(variants[chosen], root)
  return (
    <>
      <select
        class="variant"
        aria-label={`Shape of ${label}`}
        value={String(chosen)}
        onChange={({ currentTarget }) => {
          const index = Number(currentTarget.value)
          pick(index)
          onchange(filledValue(resolve(variants[index], root), root))
        }}
      >
        {variants.map((variant, index) => (
          <option key={index} value={String(index)}>
            {nameOf(variant, root)}
          </option>
        ))}
      </select>
      <Labelled id={id} label={label}>
        <Value {...control} schema={variant} isRequired />
      </Labelled>
    </>
  )
}

const filledValue = (schema: Schema, root: Schema): unknown =>
  initialValue(schema, root) ?? emptyOf(schema, root)

function emptyOf(schema: Schema, root: Schema): unknown {
  const kind = kindOf(schema)
  if (kind === 'union') return emptyOf(resolve(variantsOf(schema)?.[0], root), root)
  if (kind === 'number' || kind === 'integer') return 0
  return kind === 'string' ? '' : kind === 'enum' ? choicesOf(schema)?.[0]?.value : null
}

function Labelled({
  id,
  label,
  children,
}: {
  id: string
  label: string
  children: ComponentChildren
}): VNode {
  return (
    <>
      <label class="unseen" for={id}>
        {label}
      </label>
      {children}
    </>
  )
}

function Items({ schema, root, value, onchange, label }: Control): VNode {
  const id = useId()
  const items = Array.isArray(value) ? value : []
  const item = resolve(schema.items, root)
  const choices = choicesOf(item)
  if (choices && schema.uniqueItems !== false && choices.length <= 24) {
    return (
      <div class="choices">
        {choices.map((choice) => (
          <label key={choice.label}>
            <input
              type="checkbox"
              checked={items.includes(choice.value)}
              onChange={({ currentTarget }) =>
                onchange(
                  currentTarget.checked
                    ? [...items, choice.value]
                    : items.filter((other) => other !== choice.value),
                )
              }
            />
            {choice.label}
          </label>
        ))}
      </div>
    )
  }
  return (
    <>
      <ol class="items">
        {items.map((one, index) => (
          // what it is has no identity but its place
          <li key={index}>
            <div class="item">
              <Labelled id={`${id}-${index}`} label={`${label}, item ${index + 1}`}>
                <Value
                  schema={item}
                  root={root}
                  value={one}
                  id={`${id}-${index}`}
                  label={`${label}, item ${index + 1}`}
                  isRequired
                  onchange={(changed) =>
                    onchange(items.map((other, place) => (place === index ? changed : other)))
                  }
                />
              </Labelled>
            </div>
            <button
              type="button"
              class="small quiet"
              aria-label={`Remove ${label}, item ${index + 1}`}
              onClick={() => onchange(items.filter((_, place) => place !== index))}
            >
              Remove
            </button>
          </li>
        ))}
      </ol>
      <button
        type="button"
        class="small"
        aria-label={`Add an item to ${label}`}
        onClick={() => onchange([...items, filledValue(item, root)])}
      >
        Add item
      </button>
    </>
  )
}

interface EntriesProps {
  schema: Schema
  root: Schema
  members: Record<string, unknown>
  names: readonly string[]
  onchange: (value: unknown) => void
}

function Entries({ schema, root, members, names, onchange }: EntriesProps): VNode {
  const id = useId()
  const item = resolve(schema.additionalProperties, root)
  const entries = Object.entries(members)
  const own = entries.filter(([name]) => !names.includes(name))
  const replace = (name: string, entry?: [string, unknown]): void =>
    onchange(Object.fromEntries(entries.flatMap((one) => (one[0] === name ? (entry ? [entry] : []) : [one]))))
  return (
    <div class="entries">
      {own.map(([name, value], index) => (
        <div class="entry" key={index}>
          <input
            aria-label={`Name of entry ${index + 1}`}
            value={name}
            onChange={({ currentTarget }) => replace(name, [currentTarget.value, value])}
          />
          <Value
            schema={item}
            root={root}
            value={value}
            id={`${id}-${index}`}
            label={`Value of ${name}`}
            isRequired
            onchange={(changed) => replace(name, [name, changed])}
          />
          <label class="unseen" for={`${id}-${index}`}>
            Value of {name}
          </label>
          <button type="button" class="small quiet" onClick={() => replace(name)}>
            Remove <span class="unseen">{name}</span>
          </button>
        </div>
      ))}
      <button
        type="button"
        class="small"
        onClick={() => onchange({ ...members, [freeName(members)]: filledValue(item, root) })}
      >
        Add entry
      </button>
    </div>
  )
}

function freeName(members: Record<string, unknown>): string {
  let count = 1
  while (`key${count}` in members) count += 1
  return `key${count}`
}

function AnyJson(control: Control): VNode {
  const { value, onchange, isRequired } = control
  const [draft, setDraft] = useState<string | undefined>(undefined)
  const [isBroken, setBroken] = useState(false)
  return (
    <>
      <textarea
        {...described(control)}
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

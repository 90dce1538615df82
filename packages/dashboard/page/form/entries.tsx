import type { VNode } from 'preact'
import { useId } from 'preact/hooks'
import { resolve } from '../schema.ts'
import { type Control, filledValue, ProblemLine } from './control.tsx'
import { pointTo } from './validate.ts'

interface EntriesProps extends Pick<Control, 'schema' | 'root' | 'path' | 'onchange' | 'Value'> {
  members: Record<string, unknown>
  /** The members that the schema names. */
  names: readonly string[]
}

/** The members of an object whose names the caller chooses. */
export function Entries({ schema, root, path, members, names, onchange, Value }: EntriesProps): VNode {
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
            path={pointTo(path, name)}
            value={value}
            id={`${id}-${index}`}
            label={`Value of ${name}`}
            isRequired
            Value={Value}
            onchange={(changed) => replace(name, [name, changed])}
          />
          <label class="unseen" for={`${id}-${index}`}>
            Value of {name}
          </label>
          <ProblemLine id={`${id}-${index}`} path={pointTo(path, name)} />
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

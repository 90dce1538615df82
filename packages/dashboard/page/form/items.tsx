import type { VNode } from 'preact'
import { useId } from 'preact/hooks'
import { choicesOf, resolve } from '../schema.ts'
import { type Control, filledValue, Labelled, ProblemLine } from './control.tsx'
import { pointTo } from './validate.ts'

/** The items of an array. A few fixed choices are checkboxes. */
export function Items({ schema, root, path, value, onchange, label, Value }: Control): VNode {
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
          // an item has no identity but its place
          <li key={index}>
            <div class="item">
              <Labelled id={`${id}-${index}`} label={`${label}, item ${index + 1}`}>
                <Value
                  schema={item}
                  root={root}
                  path={pointTo(path, index)}
                  value={one}
                  id={`${id}-${index}`}
                  label={`${label}, item ${index + 1}`}
                  isRequired
                  Value={Value}
                  onchange={(changed) =>
                    onchange(items.map((other, place) => (place === index ? changed : other)))
                  }
                />
              </Labelled>
              <ProblemLine id={`${id}-${index}`} path={pointTo(path, index)} />
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

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { nameOf, resolve, variantOf, variantsOf } from '../schema.ts'
import { type Control, filledValue, Labelled } from './control.tsx'

/** A value of one of several shapes. */
export function Union(control: Control): VNode {
  const { schema, root, value, onchange, id, label, Value } = control
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

import type { VNode } from 'preact'
import { useId } from 'preact/hooks'
import { Markdown } from '../markdown.tsx'
import { choicesOf, kindOf, limitsOf, resolve, summaryOf } from '../schema.ts'
import { type Control, filledValue, ProblemLine } from './control.tsx'

interface FieldProps extends Pick<Control, 'root' | 'path' | 'value' | 'isRequired' | 'onchange' | 'Value'> {
  name: string
  schema: unknown
}

/** A member of an object, with its name, its description and its control. */
export function Field({
  name,
  schema: given,
  root,
  path,
  value,
  isRequired,
  onchange,
  Value,
}: FieldProps): VNode {
  const id = useId()
  const schema = resolve(given, root)
  const kind = kindOf(schema)
  const label = typeof schema.title === 'string' ? schema.title : name
  const hints = limitsOf(schema)
  const control: Control = { schema, root, path, value, onchange, id, isRequired, label, Value }
  const about = (
    <>
      {typeof schema.description === 'string' && (
        <div class="hint" id={`${id}-hint`}>
          <Markdown text={schema.description} />
        </div>
      )}
      {hints.length > 0 && <div class="hint">{hints.join(', ')}</div>}
      <ProblemLine id={id} path={path} />
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
            Remove <span class="unseen">{label}</span>
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

import type { ComponentChildren, ComponentType, VNode } from 'preact'
import { initialValue } from '../initial-value.ts'
import { choicesOf, kindOf, resolve, type Schema, variantsOf } from '../schema.ts'
import { useProblem } from './problems.ts'

/** What each control of a form is given. */
export interface Control {
  schema: Schema
  /** The whole schema, which references lead into. */
  root: Schema
  value: unknown
  onchange: (value: unknown) => void
  id: string
  /** A JSON pointer to the value. */
  path: string
  isRequired: boolean
  label: string
  /** Renders a value inside this one. It is passed down, since values and their controls contain each other. */
  Value: ComponentType<Control>
}

/** The attributes that tie a control to its label and its hint. */
export function useDescription({
  id,
  path,
  schema,
  isRequired,
}: Control): Record<string, string | undefined> {
  const problem = useProblem(path)
  const ids = [typeof schema.description === 'string' && `${id}-hint`, problem && `${id}-problem`]
  return {
    id,
    'aria-describedby': ids.filter(Boolean).join(' ') || undefined,
    'aria-required': isRequired ? 'true' : undefined,
    'aria-invalid': problem === undefined ? undefined : 'true',
  }
}

/** Says what is wrong with a value, below its control. */
export function ProblemLine({ id, path }: Pick<Control, 'id' | 'path'>): VNode | null {
  const problem = useProblem(path)
  if (problem === undefined) return null
  return (
    <div class="hint bad problem" id={`${id}-problem`}>
      {problem}
    </div>
  )
}

/** The value that a member begins with when it is added. */
export const filledValue = (schema: Schema, root: Schema): unknown =>
  initialValue(schema, root) ?? emptyOf(schema, root)

function emptyOf(schema: Schema, root: Schema): unknown {
  const kind = kindOf(schema)
  if (kind === 'union') return emptyOf(resolve(variantsOf(schema)?.[0], root), root)
  if (kind === 'number' || kind === 'integer') return 0
  return kind === 'string' ? '' : kind === 'enum' ? choicesOf(schema)?.[0]?.value : null
}

/** A control with a label that only screen readers get. */
export function Labelled({
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

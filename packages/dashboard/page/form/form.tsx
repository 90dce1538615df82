import type { VNode } from 'preact'
import { kindOf, resolve, type Schema } from '../schema.ts'
import { AnyJson } from './any-json.tsx'
import type { Control } from './control.tsx'
import { Choice, Flag, Numeric, Text } from './inputs.tsx'
import { Items } from './items.tsx'
import { Members } from './members.tsx'
import { Problems } from './problems.ts'
import { Union } from './union.tsx'
import type { Problem } from './validate.ts'

/** A form for the members of an object, as its JSON Schema describes them. */
export function Form({
  schema,
  value,
  problems = [],
  onchange,
}: {
  schema: Schema
  value: unknown
  /** What is marked beside the fields. */
  problems?: readonly Problem[]
  onchange: (value: unknown) => void
}): VNode {
  const resolved = resolve(schema, schema)
  return (
    <Problems.Provider value={problems}>
      <Members schema={resolved} root={schema} path="" value={value} onchange={onchange} Value={Value} />
    </Problems.Provider>
  )
}

/** The control that the schema of a value asks for. */
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

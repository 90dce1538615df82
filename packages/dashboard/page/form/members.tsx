import type { VNode } from 'preact'
import { isObject, isRequiredIn } from '../schema.ts'
import type { Control } from './control.tsx'
import { Entries } from './entries.tsx'
import { Field } from './field.tsx'
import { pointTo } from './validate.ts'

/** The members of an object. */
export function Members({
  schema,
  root,
  path,
  value,
  onchange,
  Value,
}: Pick<Control, 'schema' | 'root' | 'path' | 'value' | 'onchange' | 'Value'>): VNode {
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
          path={pointTo(path, name)}
          value={members[name]}
          isRequired={isRequiredIn(schema, name)}
          Value={Value}
          onchange={(member) => change(name, member)}
        />
      ))}
      {(isObject(schema.additionalProperties) ||
        (schema.additionalProperties === true && names.length === 0)) && (
        <Entries
          schema={schema}
          root={root}
          path={path}
          members={members}
          names={names}
          onchange={onchange}
          Value={Value}
        />
      )}
    </>
  )
}

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { Form } from './form/form.tsx'
import type { Problem } from './form/validate.ts'
import { Json } from './json.tsx'
import type { Schema } from './schema.ts'
import { Tabs } from './tabs.tsx'

interface ArgumentsProps {
  schema: Schema
  value: unknown
  /** Where the value does not match the schema. */
  problems: readonly Problem[]
  onchange: (value: unknown) => void
  /** Whether what is typed can be sent. */
  onvalid: (isValid: boolean) => void
}

/** The arguments of a call: a form, JSON, or the schema that they have to fit. */
export function Arguments({ schema, value, problems, onchange, onvalid }: ArgumentsProps): VNode {
  const [tab, choose] = useState('form')
  return (
    <section class="arguments" aria-label="Arguments">
      <div class="heading">
        <h2>Arguments</h2>
        <Tabs
          label="Arguments as"
          tabs={{ form: 'Form', json: 'JSON', schema: 'Schema' }}
          chosen={tab}
          onchoose={(tab) => {
            onvalid(true)
            choose(tab)
          }}
        />
      </div>
      {tab === 'form' && <Form schema={schema} value={value} problems={problems} onchange={onchange} />}
      {tab === 'form' && isEmpty(schema) && <p class="quiet">This tool takes no arguments.</p>}
      {tab === 'json' && <Editor value={value} onchange={onchange} onvalid={onvalid} />}
      {tab === 'json' && problems.length > 0 && (
        <ul class="hint bad" aria-label="Problems">
          {problems.map(({ path, message }) => (
            <li key={path}>
              <code>{path || '/'}</code> {message}
            </li>
          ))}
        </ul>
      )}
      {tab === 'schema' && <Json value={schema} label="schema" />}
    </section>
  )
}

const isEmpty = ({ properties, additionalProperties, ...rest }: Schema): boolean =>
  Object.keys(properties ?? {}).length === 0 &&
  typeof additionalProperties !== 'object' &&
  additionalProperties !== true &&
  !['$ref', 'allOf', 'anyOf', 'oneOf'].some((word) => word in rest)

function Editor({ value, onchange, onvalid }: Omit<ArgumentsProps, 'schema' | 'problems'>): VNode {
  const [text, setText] = useState(() => JSON.stringify(value, null, 2))
  const [problem, setProblem] = useState<string | undefined>(undefined)
  return (
    <div class="field">
      <textarea
        class="code"
        aria-label="Arguments in JSON"
        aria-invalid={problem !== undefined}
        rows={Math.min(24, Math.max(6, text.split('\n').length + 1))}
        spellcheck={false}
        value={text}
        onInput={({ currentTarget }) => {
          setText(currentTarget.value)
          try {
            onchange(JSON.parse(currentTarget.value))
            setProblem(undefined)
            onvalid(true)
          } catch (error) {
            setProblem((error as Error).message)
            onvalid(false)
          }
        }}
      />
      {problem && (
        <div class="hint bad" role="alert">
          {problem}
        </div>
      )}
    </div>
  )
}

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { Completed } from './completed.tsx'
import { Content } from './content.tsx'
import { Fold } from './fold.tsx'
import { Json } from './json.tsx'
import { Markdown } from './markdown.tsx'
import { Outcome } from './outcome.tsx'
import { Browser, entriesOf, titleOf } from './parts.tsx'
import { useRunner } from './run.ts'
import { type Described, lists } from './server.ts'

/** The prompts, to be read and filled in. */
export function Prompts({ chosen }: { chosen: string | undefined }): VNode {
  return (
    <Browser
      view="prompts"
      title="Prompts"
      entries={entriesOf(lists.prompts, ({ name }) => name)}
      error={lists.prompts.value?.error}
      chosen={chosen}
      empty="The server has no prompts."
    >
      {({ item }) => <Prompt prompt={item} />}
    </Browser>
  )
}

function Prompt({ prompt }: { prompt: Described }): VNode {
  const [values, setValues] = useState<Record<string, string>>({})
  const runner = useRunner(String(prompt.name))
  const asked: Described[] = Array.isArray(prompt.arguments) ? prompt.arguments : []
  const get = (event: Event): void => {
    event.preventDefault()
    const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''))
    runner.start('prompts/get', { name: prompt.name, arguments: given })
  }
  return (
    <>
      <header>
        <h2 class="what">{titleOf(prompt)}</h2>
        {titleOf(prompt) !== prompt.name && <code>{String(prompt.name)}</code>}
        {typeof prompt.description === 'string' && <Markdown text={prompt.description} />}
      </header>
      <form noValidate onSubmit={get}>
        {asked.map(({ name, description, required }) => (
          <Completed
            key={name}
            name={String(name)}
            description={description}
            isRequired={required === true}
            reference={{ type: 'ref/prompt', name: prompt.name }}
            others={values}
            onchange={(value) => setValues((others) => ({ ...others, [String(name)]: value }))}
          />
        ))}
        <div class="actions">
          <button type="submit" class="primary" disabled={runner.run.value?.state === 'running'}>
            Get prompt
          </button>
        </div>
      </form>
      <Outcome
        runner={runner}
        show={({ messages }) =>
          (Array.isArray(messages) ? messages : []).map(({ role, content }: any, index: number) => (
            <div class="turn" key={index}>
              <div class="caption">{String(role)}</div>
              <Content blocks={[content].flat()} />
            </div>
          ))
        }
      />
      <Fold title="Definition">{() => <Json value={prompt} label="definition" />}</Fold>
    </>
  )
}

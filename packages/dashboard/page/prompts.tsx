import type { VNode } from 'preact'
import { BenchActions } from './bench/bench-actions.tsx'
import { editArguments } from './bench/edit.ts'
import { History } from './bench/history.tsx'
import { useBench } from './bench/use-bench.ts'
import { Browser } from './browser/browser.tsx'
import { entriesOf, titleOf } from './browser/entries.ts'
import { Completed } from './completed.tsx'
import { Content } from './content.tsx'
import { Fold } from './fold.tsx'
import { Json } from './json.tsx'
import { Markdown } from './markdown.tsx'
import { Outcome } from './outcome.tsx'
import { type Described, lists } from './server.ts'
import { toTexts } from './texts.ts'

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
  const name = String(prompt.name)
  const bench = useBench('prompts', name)
  const values = toTexts(bench.draft.value)
  const fields: Described[] = Array.isArray(prompt.arguments) ? prompt.arguments : []
  const send = (args: unknown): void => {
    const given = Object.fromEntries(Object.entries(toTexts(args)).filter(([, value]) => value !== ''))
    bench.start({ method: 'prompts/get', params: { name, arguments: given }, args: given })
  }
  return (
    <>
      <header>
        <h2 class="what">{titleOf(prompt)}</h2>
        {titleOf(prompt) !== prompt.name && <code>{name}</code>}
        {typeof prompt.description === 'string' && <Markdown text={prompt.description} />}
      </header>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          send(values)
        }}
      >
        {fields.map(({ name: field, description, required }) => (
          <Completed
            key={field}
            name={String(field)}
            description={description}
            isRequired={required === true}
            reference={{ type: 'ref/prompt', name }}
            others={values}
            onchange={(value) => bench.type({ ...values, [String(field)]: value })}
          />
        ))}
        <BenchActions kind="prompts" name={name} bench={bench} args={values} submit="Get prompt" />
      </form>
      <Outcome bench={bench} show={(result) => <Messages messages={result.messages} />} />
      <History bench={bench} onrun={send} onedit={(args) => editArguments(bench, args)} />
      <Fold title="Definition">{() => <Json value={prompt} label="definition" />}</Fold>
    </>
  )
}

function Messages({ messages }: { messages: unknown }): VNode {
  return (
    <>
      {(Array.isArray(messages) ? messages : []).map(({ role, content }: any, index: number) => (
        <div class="turn" key={index}>
          <div class="caption">{String(role)}</div>
          <Content blocks={[content].flat()} />
        </div>
      ))}
    </>
  )
}

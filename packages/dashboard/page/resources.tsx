import type { VNode } from 'preact'
import { BenchActions } from './bench/bench-actions.tsx'
import { editArguments } from './bench/edit.ts'
import { History } from './bench/history.tsx'
import { useBench } from './bench/use-bench.ts'
import { Browser } from './browser/browser.tsx'
import { type Entry, entriesOf, titleOf } from './browser/entries.ts'
import { Completed } from './completed.tsx'
import { Resource, Uri } from './content.tsx'
import { Fold } from './fold.tsx'
import { Json } from './json.tsx'
import { Markdown } from './markdown.tsx'
import { Outcome } from './outcome.tsx'
import { type Described, discovered, lists } from './server.ts'
import { toTexts } from './texts.ts'
import { expand, variablesOf } from './uri-template.ts'
import { Watch } from './watch.tsx'

/** The resources and templates, to be read. */
export function Resources({ chosen }: { chosen: string | undefined }): VNode {
  const resources = entriesOf(lists.resources, ({ uri }) => uri)
  const templates = entriesOf(lists.templates, ({ uriTemplate }) => uriTemplate, 'template')
  const entries = resources && [...resources, ...(templates ?? [])]
  return (
    <Browser
      view="resources"
      title="Resources"
      entries={entries && withUnlisted(entries, chosen)}
      error={lists.resources.value?.error ?? lists.templates.value?.error}
      chosen={chosen}
      empty="The server has no resources."
    >
      {({ item }) => <OneResource resource={item} />}
    </Browser>
  )
}

/** A link or a recorded request may lead to a resource that no list has. */
function withUnlisted(entries: Entry[], chosen: string | undefined): Entry[] {
  if (chosen === undefined || entries.some(({ id }) => id === chosen) || !URL.canParse(chosen)) return entries
  return [...entries, { id: chosen, item: { uri: chosen, name: chosen }, kind: 'not listed' }]
}

function OneResource({ resource }: { resource: Described }): VNode {
  const template: string | undefined = resource.uriTemplate
  const name = String(template ?? resource.uri)
  const bench = useBench('resources', name)
  const values = toTexts(bench.draft.value)
  const uriOf = (args: unknown): string => (template === undefined ? name : expand(template, toTexts(args)))
  const uri = uriOf(values)
  const send = (args: unknown): void =>
    bench.start({
      method: 'resources/read',
      params: { uri: uriOf(args) },
      args: template === undefined ? { uri: name } : args,
    })
  return (
    <>
      <header>
        <h2 class="what">{titleOf(resource)}</h2>
        <div class="tags">
          <Uri uri={uri} />
          {resource.mimeType && <span class="tag">{String(resource.mimeType)}</span>}
          {typeof resource.size === 'number' && <span class="tag">{resource.size} bytes</span>}
        </div>
        {typeof resource.description === 'string' && <Markdown text={resource.description} />}
      </header>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          send(values)
        }}
      >
        {template !== undefined &&
          variablesOf(template).map((variable) => (
            <Completed
              key={variable}
              name={variable}
              isRequired
              reference={{ type: 'ref/resource', uri: template }}
              others={values}
              onchange={(value) => bench.type({ ...values, [variable]: value })}
            />
          ))}
        <BenchActions kind="resources" name={name} bench={bench} args={values} submit="Read">
          {discovered.value?.capabilities.resources?.subscribe && <Watch uri={uri} />}
        </BenchActions>
      </form>
      <Outcome bench={bench} show={(result) => <Contents contents={result.contents} />} />
      <History bench={bench} onrun={send} onedit={(args) => editArguments(bench, args)} />
      <Fold title="Definition">{() => <Json value={resource} label="definition" />}</Fold>
    </>
  )
}

function Contents({ contents }: { contents: unknown }): VNode {
  return (
    <>
      {(Array.isArray(contents) ? contents : []).map((one, index) => (
        <Resource key={index} contents={one} />
      ))}
    </>
  )
}

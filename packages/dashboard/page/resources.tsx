import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { Completed } from './completed.tsx'
import { Resource, Uri } from './content.tsx'
import { Fold } from './fold.tsx'
import { Json } from './json.tsx'
import { Markdown } from './markdown.tsx'
import { Outcome } from './outcome.tsx'
import { Browser, entriesOf, titleOf } from './parts.tsx'
import { useRunner } from './run.ts'
import { changes, type Described, discovered, lists, watched } from './server.ts'
import { expand, variablesOf } from './uri-template.ts'

/** The resources and templates, to be read. */
export function Resources({ chosen }: { chosen: string | undefined }): VNode {
  const resources = entriesOf(lists.resources, ({ uri }) => uri)
  const templates = entriesOf(lists.templates, ({ uriTemplate }) => uriTemplate, 'template')
  return (
    <Browser
      view="resources"
      title="Resources"
      entries={resources && [...resources, ...(templates ?? [])]}
      error={lists.resources.value?.error ?? lists.templates.value?.error}
      chosen={chosen}
      empty="The server has no resources."
    >
      {({ item }) => <OneResource resource={item} />}
    </Browser>
  )
}

function OneResource({ resource }: { resource: Described }): VNode {
  const template: string | undefined = resource.uriTemplate
  const [values, setValues] = useState<Record<string, string>>({})
  const runner = useRunner(String(template ?? resource.uri))
  const uri = template === undefined ? String(resource.uri) : expand(template, values)
  const read = (event: Event): void => {
    event.preventDefault()
    runner.start('resources/read', { uri })
  }
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
      <form noValidate onSubmit={read}>
        {template !== undefined &&
          variablesOf(template).map((name) => (
            <Completed
              key={name}
              name={name}
              isRequired
              reference={{ type: 'ref/resource', uri: template }}
              others={values}
              onchange={(value) => setValues((others) => ({ ...others, [name]: value }))}
            />
          ))}
        <div class="actions">
          <button type="submit" class="primary" disabled={runner.run.value?.state === 'running'}>
            Read
          </button>
          {discovered.value?.capabilities.resources?.subscribe && <Watch uri={uri} />}
        </div>
      </form>
      <Outcome
        runner={runner}
        show={({ contents }) =>
          (Array.isArray(contents) ? contents : []).map((one, index) => (
            <Resource key={index} contents={one} />
          ))
        }
      />
      <Fold title="Definition">{() => <Json value={resource} label="definition" />}</Fold>
    </>
  )
}

function Watch({ uri }: { uri: string }): VNode {
  const isWatched = watched.value.includes(uri)
  const updates = changes.value.filter((change) => change.uri === uri).length
  return (
    <>
      <button
        type="button"
        aria-pressed={isWatched}
        onClick={() => {
          watched.value = isWatched ? watched.value.filter((other) => other !== uri) : [...watched.value, uri]
        }}
      >
        {isWatched ? 'Stop watching' : 'Watch for updates'}
      </button>
      {updates > 0 && <span class="tag">{updates === 1 ? 'updated once' : `updated ${updates} times`}</span>}
    </>
  )
}

import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { Arguments } from './arguments.tsx'
import { paramHeaders } from './client.ts'
import { Content } from './content.tsx'
import { Fold } from './fold.tsx'
import { initialValue } from './initial-value.ts'
import { Json } from './json.tsx'
import { Markdown } from './markdown.tsx'
import { Outcome } from './outcome.tsx'
import { Browser, entriesOf, titleOf } from './parts.tsx'
import { useRunner } from './run.ts'
import { type Described, discovered, lists } from './server.ts'

/** The tools, to be read and called. */
export function Tools({ chosen }: { chosen: string | undefined }): VNode {
  return (
    <Browser
      view="tools"
      title="Tools"
      entries={entriesOf(lists.tools, ({ name }) => name)}
      error={lists.tools.value?.error}
      chosen={chosen}
      empty="The server has no tools."
    >
      {({ item }) => <Tool tool={item} />}
    </Browser>
  )
}

const HINTS: Record<string, [yes: string, no?: string]> = {
  readOnlyHint: ['read-only'],
  destructiveHint: ['destructive', 'not destructive'],
  idempotentHint: ['idempotent'],
  openWorldHint: ['open world', 'closed world'],
}

const LEVELS = ['off', 'debug', 'info', 'notice', 'warning', 'error']

function Tool({ tool }: { tool: Described }): VNode {
  const schema = tool.inputSchema ?? { type: 'object' }
  const [args, setArgs] = useState<unknown>(() => initialValue(schema, schema) ?? {})
  const [isValid, setValid] = useState(true)
  const [level, setLevel] = useState('debug')
  const runner = useRunner(String(tool.name))
  const isRunning = runner.run.value?.state === 'running'
  const hasLogs = discovered.value?.capabilities.logging !== undefined
  const call = (event: Event): void => {
    event.preventDefault()
    if (!isValid || isRunning) return
    const headers = paramHeaders(schema, args)
    runner.start(
      'tools/call',
      { name: tool.name, arguments: args },
      { headers, ...(hasLogs && level !== 'off' && { logLevel: level }) },
    )
  }
  return (
    <>
      <header>
        <h2 class="what">{titleOf(tool)}</h2>
        <div class="tags">
          {titleOf(tool) !== tool.name && <code>{String(tool.name)}</code>}
          {Object.entries(HINTS).map(([hint, [yes, no]]) => {
            const word =
              tool.annotations?.[hint] === true ? yes : tool.annotations?.[hint] === false ? no : undefined
            return word && <span class={`tag ${hint}`}>{word}</span>
          })}
        </div>
        {typeof tool.description === 'string' && <Markdown text={tool.description} />}
      </header>
      <form noValidate onSubmit={call}>
        <Arguments schema={schema} value={args} onchange={setArgs} onvalid={setValid} />
        <div class="actions">
          <button type="submit" class="primary" disabled={!isValid || isRunning}>
            Call tool
          </button>
          {hasLogs && (
            <label class="inline">
              Logs{' '}
              <select value={level} onChange={({ currentTarget }) => setLevel(currentTarget.value)}>
                {LEVELS.map((one) => (
                  <option key={one}>{one}</option>
                ))}
              </select>
            </label>
          )}
        </div>
      </form>
      <Outcome
        runner={runner}
        show={({ structuredContent, content }) => (
          <>
            {structuredContent !== undefined && (
              <>
                <h3>Structured content</h3>
                <Json value={structuredContent} label="structured content" />
              </>
            )}
            <h3>Content</h3>
            {Array.isArray(content) && content.length === 0 ? (
              <p class="quiet">Empty</p>
            ) : (
              <Content blocks={content} />
            )}
          </>
        )}
      />
      {tool.outputSchema && (
        <Fold title="Output schema">{() => <Json value={tool.outputSchema} label="output schema" />}</Fold>
      )}
      <Fold title="Definition">{() => <Json value={tool} label="definition" />}</Fold>
    </>
  )
}

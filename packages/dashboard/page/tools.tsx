import type { VNode } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { AppView } from './apps/app-view.tsx'
import { appOf } from './apps/read-app.ts'
import { Arguments } from './arguments.tsx'
import { BenchActions } from './bench/bench-actions.tsx'
import { editArguments } from './bench/edit.ts'
import { TASK_EXTENSIONS, TASKS } from './bench/follow-task.ts'
import { History } from './bench/history.tsx'
import { useBench } from './bench/use-bench.ts'
import { Browser } from './browser/browser.tsx'
import { entriesOf, titleOf } from './browser/entries.ts'
import { Content } from './content.tsx'
import { Fold } from './fold.tsx'
import { validate } from './form/validate.ts'
import { initialValue } from './initial-value.ts'
import { Json } from './json.tsx'
import { Markdown } from './markdown.tsx'
import { Outcome } from './outcome.tsx'
import { paramHeaders } from './protocol/param-headers.ts'
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

const LEVELS = ['off', 'debug', 'info', 'notice', 'warning', 'error']

function Tool({ tool }: { tool: Described }): VNode {
  const name = String(tool.name)
  const schema = tool.inputSchema ?? { type: 'object' }
  const bench = useBench('tools', name)
  const initial = useMemo(() => initialValue(schema, schema) ?? {}, [schema])
  const args = bench.draft.value ?? initial
  const [isValid, setValid] = useState(true)
  const [isTried, setTried] = useState(false)
  const problems = useMemo(() => validate(schema, args, schema), [schema, args])
  const [level, setLevel] = useState('debug')
  const hasLogs = discovered.value?.capabilities.logging !== undefined
  const hasTasks = discovered.value?.capabilities.extensions?.[TASKS] !== undefined
  const [asTask, setAsTask] = useState(true)
  const send = (args: unknown): void =>
    bench.start({
      method: 'tools/call',
      params: { name, arguments: args },
      args,
      headers: paramHeaders(schema, args),
      ...(hasTasks && asTask && { extensions: TASK_EXTENSIONS }),
      ...(hasLogs && level !== 'off' && { logLevel: level }),
    })
  return (
    <>
      <Header tool={tool} />
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          if (!isValid || bench.runner.run.value?.state === 'running') return
          setTried(problems.length > 0)
          if (problems.length === 0) send(args)
          else focusFirstProblem()
        }}
      >
        <Arguments
          key={bench.revision.value}
          schema={schema}
          value={args}
          problems={isTried ? problems : problems.filter(({ isMissing }) => !isMissing)}
          onchange={bench.type}
          onvalid={setValid}
        />
        {isTried && problems.length > 0 && (
          <div class="message bad send-anyway" role="alert">
            {problems.length === 1 ? 'One value does' : `${problems.length} values do`} not match the schema.{' '}
            <button type="button" class="small" onClick={() => send(args)}>
              Send anyway
            </button>
          </div>
        )}
        <BenchActions
          kind="tools"
          name={name}
          bench={bench}
          args={args}
          submit="Call tool"
          isDisabled={!isValid}
        >
          {hasLogs && <LogLevel level={level} onchange={setLevel} />}
          {hasTasks && (
            <label class="inline">
              <input
                type="checkbox"
                checked={asTask}
                onChange={({ currentTarget }) => setAsTask(currentTarget.checked)}
              />
              Allow a task
            </label>
          )}
        </BenchActions>
      </form>
      <Outcome
        bench={bench}
        show={(result, args) => <ToolResult tool={tool} args={args} result={result} />}
      />
      <History bench={bench} onrun={send} onedit={(args) => editArguments(bench, args)} />
      {tool.outputSchema && (
        <Fold title="Output schema">{() => <Json value={tool.outputSchema} label="output schema" />}</Fold>
      )}
      <Fold title="Definition">{() => <Json value={tool} label="definition" />}</Fold>
    </>
  )
}

function focusFirstProblem(): void {
  requestAnimationFrame(() =>
    document.querySelector<HTMLElement>('.arguments [aria-invalid="true"]')?.focus(),
  )
}

const HINTS: Record<string, [yes: string, no?: string]> = {
  readOnlyHint: ['read-only'],
  destructiveHint: ['destructive', 'not destructive'],
  idempotentHint: ['idempotent'],
  openWorldHint: ['open world', 'closed world'],
}

function Header({ tool }: { tool: Described }): VNode {
  return (
    <header>
      <h2 class="what">{titleOf(tool)}</h2>
      <div class="tags">
        {titleOf(tool) !== tool.name && <code>{String(tool.name)}</code>}
        {Object.entries(HINTS).map(([hint, [yes, no]]) => {
          const value = tool.annotations?.[hint]
          const word = value === true ? yes : value === false ? no : undefined
          return word && <span class={`tag ${value === true ? hint : ''}`}>{word}</span>
        })}
      </div>
      {typeof tool.description === 'string' && <Markdown text={tool.description} />}
    </header>
  )
}

function LogLevel({ level, onchange }: { level: string; onchange: (level: string) => void }): VNode {
  return (
    <label class="inline">
      Logs{' '}
      <select value={level} onChange={({ currentTarget }) => onchange(currentTarget.value)}>
        {LEVELS.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  )
}

interface ToolResultProps {
  tool: Described
  args: unknown
  result: any
}

function ToolResult({ tool, args, result }: ToolResultProps): VNode {
  const { structuredContent, content } = result
  const app = appOf(tool)
  return (
    <>
      {app && <AppView uri={app} tool={tool} args={args} result={result} />}
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
  )
}

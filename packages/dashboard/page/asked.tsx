import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Content } from './content.tsx'
import { Form } from './form/form.tsx'
import { initialValue } from './initial-value.ts'
import { Json } from './json.tsx'
import { webAddress } from './links.ts'
import { Markdown, Out } from './markdown.tsx'
import type { Runner } from './run.ts'

/** What the server asks before it goes on; everything is answered, then sent at once. */
export function Asked({ runner, result }: { runner: Runner; result: any }): VNode {
  const questions = Object.entries<any>(result.inputRequests ?? {})
  const [answers, setAnswers] = useState<Record<string, any>>(() =>
    Object.fromEntries(questions.map(([key, question]) => [key, firstAnswer(question)])),
  )
  const set = (key: string, answer: any): void => setAnswers((others) => ({ ...others, [key]: answer }))
  const send = (action?: 'decline' | 'cancel'): void => {
    const all = questions.map(([key, { method }]) => [
      key,
      action && method === 'elicitation/create' ? { action } : answers[key],
    ])
    runner.answer(Object.fromEntries(all))
  }
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => form.current?.querySelector<HTMLElement>('input, textarea, select, button')?.focus(), [])
  const isElicitation = questions.some(([, { method }]) => method === 'elicitation/create')
  return (
    <form
      ref={form}
      class="asked"
      noValidate
      aria-label="What the server asks"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <h3>The server asks</h3>
      {questions.length === 0 && <p>It asks nothing, and wants to be called again.</p>}
      {questions.map(([key, question]) => (
        <Question
          key={key}
          question={question}
          answer={answers[key]}
          onchange={(answer) => set(key, answer)}
        />
      ))}
      <div class="actions">
        <button type="submit" class="primary">
          {isElicitation ? 'Accept' : 'Send'}
        </button>
        {isElicitation && (
          <>
            <button type="button" onClick={() => send('decline')}>
              Decline
            </button>
            <button type="button" onClick={() => send('cancel')}>
              Dismiss
            </button>
          </>
        )}
        <button type="button" class="quiet" onClick={() => runner.cancel()}>
          Cancel the call
        </button>
      </div>
    </form>
  )
}

function firstAnswer({ method, params }: any): any {
  if (method === 'elicitation/create') {
    const schema = params?.requestedSchema
    return { action: 'accept', ...(schema && { content: initialValue(schema, schema) ?? {} }) }
  }
  if (method === 'sampling/createMessage') {
    return {
      role: 'assistant',
      content: { type: 'text', text: '' },
      model: 'a person',
      stopReason: 'endTurn',
    }
  }
  return method === 'roots/list' ? { roots: [] } : {}
}

interface QuestionProps {
  question: any
  answer: any
  onchange: (answer: any) => void
}

function Question({ question: { method, params = {} }, answer, onchange }: QuestionProps): VNode {
  if (method === 'elicitation/create') {
    const { message, requestedSchema, url } = params
    return (
      <div class="question">
        {typeof message === 'string' && <Markdown text={message} />}
        {requestedSchema && (
          <Form
            schema={requestedSchema}
            value={answer.content}
            onchange={(content) => onchange({ ...answer, content })}
          />
        )}
        {url !== undefined && <Visit url={url} />}
      </div>
    )
  }
  if (method === 'sampling/createMessage') {
    return (
      <div class="question">
        <div class="caption">What would a model say?</div>
        {params.systemPrompt && <pre class="text">{String(params.systemPrompt)}</pre>}
        {(params.messages ?? []).map(({ content }: any, index: number) => (
          <Content key={index} blocks={[content].flat()} />
        ))}
        <label>
          Reply of the model
          <textarea
            rows={3}
            value={answer.content.text}
            onInput={({ currentTarget }) =>
              onchange({ ...answer, content: { type: 'text', text: currentTarget.value } })
            }
          />
        </label>
      </div>
    )
  }
  if (method === 'roots/list') {
    return (
      <div class="question">
        <label>
          Roots, one URI a line
          <textarea
            rows={3}
            placeholder="file:///home/me/project"
            onInput={({ currentTarget }) => {
              const uris = currentTarget.value.split('\n').filter((line) => line.trim())
              onchange({ roots: uris.map((uri) => ({ uri: uri.trim() })) })
            }}
          />
        </label>
      </div>
    )
  }
  return <Json value={{ method, params }} label="request" />
}

function Visit({ url }: { url: unknown }): VNode {
  const address = webAddress(url)
  return address ? (
    <p>
      Open <Out to={address}>{address}</Out>, then accept.
    </p>
  ) : (
    <p class="bad">The address that it wants opened is none of the web: {String(url)}</p>
  )
}

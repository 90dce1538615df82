import type { VNode } from 'preact'
import { Content } from '../content.tsx'
import { Form } from '../form/form.tsx'
import { validate } from '../form/validate.ts'
import { initialValue } from '../initial-value.ts'
import { Json } from '../json.tsx'
import { webAddress } from '../links.ts'
import { Markdown, Out } from '../markdown.tsx'
import type { Question } from '../protocol/messages.ts'

/** The answer that the form of a question begins with. */
export function firstAnswer({ method, params }: Question): any {
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
  question: Question
  answer: any
  onchange: (answer: any) => void
}

/** A question of a server, with the form for its answer. */
export function QuestionView({ question, answer, onchange }: QuestionProps): VNode {
  const { method, params = {} } = question
  switch (method) {
    case 'elicitation/create':
      return <Elicitation params={params} answer={answer} onchange={onchange} />
    case 'sampling/createMessage':
      return <Sampling params={params} answer={answer} onchange={onchange} />
    case 'roots/list':
      return <Roots onchange={onchange} />
    default:
      return <Json value={question} label="request" />
  }
}

interface PartProps {
  params: any
  answer: any
  onchange: (answer: any) => void
}

function Elicitation({ params, answer, onchange }: PartProps): VNode {
  const { message, requestedSchema, url } = params
  return (
    <div class="question">
      {typeof message === 'string' && <Markdown text={message} />}
      {requestedSchema && (
        <Form
          schema={requestedSchema}
          value={answer.content}
          problems={validate(requestedSchema, answer.content, requestedSchema).filter(
            ({ isMissing }) => !isMissing,
          )}
          onchange={(content) => onchange({ ...answer, content })}
        />
      )}
      {url !== undefined && <Visit url={url} />}
    </div>
  )
}

function Sampling({ params, answer, onchange }: PartProps): VNode {
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

function Roots({ onchange }: Pick<PartProps, 'onchange'>): VNode {
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

function Visit({ url }: { url: unknown }): VNode {
  const address = webAddress(url)
  return address ? (
    <p>
      Open <Out to={address}>{address}</Out>, then accept.
    </p>
  ) : (
    <p class="bad">The server wants an address opened that is not http or https: {String(url)}</p>
  )
}

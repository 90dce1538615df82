import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { firstAnswer, QuestionView } from './asked/question.tsx'
import { addRule } from './bench/rules.ts'
import type { Runner } from './bench/run.ts'
import type { Question } from './protocol/messages.ts'

interface AskedProps {
  runner: Runner
  questions: Record<string, Question>
}

/** The questions of a server. All are answered at once. */
export function Asked({ runner, questions: asked }: AskedProps): VNode {
  const questions = Object.entries(asked)
  const [answers, setAnswers] = useState<Record<string, any>>(() =>
    Object.fromEntries(questions.map(([key, question]) => [key, firstAnswer(question)])),
  )
  const [isRule, makeRule] = useState(false)
  const set = (key: string, answer: any): void => setAnswers((others) => ({ ...others, [key]: answer }))
  const send = (action?: 'decline' | 'cancel'): void => {
    const all = questions.map(([key, question]) => {
      const answer = action && question.method === 'elicitation/create' ? { action } : answers[key]
      if (isRule) addRule(question, answer)
      return [key, answer]
    })
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
      {questions.length === 0 && <p>The server asks nothing, and wants to be called again.</p>}
      {questions.map(([key, question]) => (
        <QuestionView
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
        <label class="inline">
          <input
            type="checkbox"
            checked={isRule}
            onChange={({ currentTarget }) => makeRule(currentTarget.checked)}
          />
          Always answer like this
        </label>
      </div>
    </form>
  )
}

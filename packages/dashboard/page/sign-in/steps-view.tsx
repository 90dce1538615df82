import type { VNode } from 'preact'
import { Json } from '../json.tsx'
import { clearSteps, type SignInStep, steps } from './steps.ts'

/** The steps of the latest sign-ins: discovery, registration, authorization, tokens, renewal. */
export function SignInSteps(): VNode | null {
  if (steps.value.length === 0) return null
  return (
    <section class="steps" aria-label="Sign-in steps">
      <div class="heading apart">
        <h2>
          Sign-in steps <span class="count">{steps.value.length}</span>
        </h2>
        <button type="button" class="small" onClick={clearSteps}>
          Clear steps
        </button>
      </div>
      <ol>
        {steps.value.map((step, index) => (
          <li key={index} class="card">
            <Step step={step} />
          </li>
        ))}
      </ol>
    </section>
  )
}

function Step({ step }: { step: SignInStep }): VNode {
  const { name, spec, at, request, status, response, checks, problem } = step
  const isBad = problem !== undefined || (status ?? 0) >= 400 || checks.some(({ isMet }) => !isMet)
  return (
    <details>
      <summary class={isBad ? 'bad' : 'done'}>
        <span class="dot" aria-hidden="true" /> <strong>{name}</strong> {status && <span>HTTP {status}</span>}{' '}
        <span class="quiet">
          {spec} · {new Date(at).toLocaleTimeString(undefined, { hour12: false })}
        </span>
      </summary>
      {problem && <p class="bad">{problem}</p>}
      {checks.length > 0 && (
        <ul>
          {checks.map(({ words, isMet }) => (
            <li key={words} class={isMet ? '' : 'bad'}>
              {isMet ? '✓' : '✗'} {words}
            </li>
          ))}
        </ul>
      )}
      {request && (
        <>
          <h3>Request</h3>
          <code>
            {request.method} {request.url}
          </code>
          {request.body && <Json value={request.body} label={`body of ${name}`} />}
        </>
      )}
      {response !== undefined && (
        <>
          <h3>Response</h3>
          <Json value={response} label={`response of ${name}`} />
        </>
      )}
    </details>
  )
}

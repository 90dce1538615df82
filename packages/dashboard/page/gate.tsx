import { signal } from '@preact/signals'
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { challenge, setToken, token } from './access.ts'
import { reload } from './server.ts'
import { challengeParameter } from './sign-in/challenge.ts'
import { SignInSteps } from './sign-in/steps-view.tsx'
import { ClientIdNeeded, signIn } from './sign-in.ts'

/** Why signing in failed, if it did. */
export const signInProblem = signal<string | undefined>(undefined)

/** Who is calling: a token, or a way to get one. */
export function Access(): VNode {
  const asked = challenge.value
  const [draft, setDraft] = useState('')
  const [clientId, setClientId] = useState<string | undefined>(undefined)
  const [isLeaving, leave] = useState(false)
  const use = (value: string | undefined): void => {
    setToken(value)
    setDraft('')
    void reload()
  }
  const go = async (): Promise<void> => {
    leave(true)
    signInProblem.value = undefined
    try {
      await signIn(asked?.header ?? '', clientId)
    } catch (error) {
      leave(false)
      if (error instanceof ClientIdNeeded) setClientId((before) => before ?? '')
      signInProblem.value = (error as Error).message
    }
  }
  const isAsked = asked || token.value || signInProblem.value
  const scope = challengeParameter(asked?.header ?? '', 'scope')
  return (
    <section class="wide access" aria-label="Access">
      <h1>Access</h1>
      {asked ? (
        <p class="message bad" role="status">
          {asked.status === 401 ? 'The server asks for a token.' : 'Your token does not allow this.'}
          {scope && (
            <>
              {' '}
              The scope it needs is <code>{scope}</code>.
            </>
          )}
        </p>
      ) : (
        <p class="quiet">
          {token.value ? 'A token is sent with every request.' : 'The server is called without a token.'}
        </p>
      )}
      {signInProblem.value && (
        <p class="message bad" role="alert">
          {signInProblem.value}
        </p>
      )}
      <div class="cards">
        {isAsked && (
          <article class="card">
            <h2>Sign in</h2>
            <p>At the authorization server that the endpoint names, with OAuth and PKCE.</p>
            {clientId !== undefined && (
              <label class="field">
                Client id
                <input value={clientId} onInput={({ currentTarget }) => setClientId(currentTarget.value)} />
              </label>
            )}
            <button type="button" class="primary" disabled={isLeaving} onClick={() => void go()}>
              {isLeaving ? 'Leaving…' : 'Sign in'}
            </button>
          </article>
        )}
        <form
          class="card"
          onSubmit={(event) => {
            event.preventDefault()
            use(draft.trim())
          }}
        >
          <h2>Bearer token</h2>
          <label class="field">
            Token
            <input
              type="password"
              autocomplete="off"
              value={draft}
              placeholder={token.value ? '••••••••' : ''}
              onInput={({ currentTarget }) => setDraft(currentTarget.value)}
            />
          </label>
          <div class="actions">
            <button type="submit" class="primary" disabled={draft.trim() === ''}>
              Use token
            </button>
            {token.value && (
              <button type="button" onClick={() => use(undefined)}>
                Forget token
              </button>
            )}
          </div>
          <p class="quiet">The token is kept in this tab only, until you close it.</p>
        </form>
      </div>
      <SignInSteps />
    </section>
  )
}

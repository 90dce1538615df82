import type { VNode } from 'preact'
import { listening } from './listening.ts'
import { changes, watched } from './server.ts'

const WORDS = {
  connecting: 'Opening the stream…',
  connected: 'The stream is open',
  waiting: 'The stream is closed, and will be opened again',
  unauthorized: 'The stream needs a token',
}

/** What the server announces while the page is open. */
export function Changes(): VNode {
  const { state, agreed = {} } = listening.value
  const kinds = Object.entries(agreed).filter(([, value]) => value === true)
  return (
    <section class="wide" aria-label="Changes">
      <div class="heading">
        <h1>
          Changes <span class="count">{changes.value.length}</span>
        </h1>
        {changes.value.length > 0 && (
          <button
            type="button"
            onClick={() => {
              changes.value = []
            }}
          >
            Clear
          </button>
        )}
      </div>
      <p class={`verdict ${state === 'connected' ? 'done' : 'running'}`} role="status">
        <span class="dot" aria-hidden="true" />
        {WORDS[state]}
      </p>
      {state === 'connected' && (
        <p class="quiet">
          {kinds.length > 0 ? (
            <>
              The server announces{' '}
              {kinds.map(([kind], index) => (
                <>
                  {index > 0 && ', '}
                  <code>{kind}</code>
                </>
              ))}
              .
            </>
          ) : (
            'The server announces no changes of its lists.'
          )}
          {watched.value.length > 0 && ` Watching ${watched.value.length} of its resources.`}
        </p>
      )}
      <ol class="changes">
        {changes.value.map(({ at, method, uri }, index) => (
          <li key={changes.value.length - index}>
            <time dateTime={new Date(at).toISOString()}>
              {new Date(at).toLocaleTimeString(undefined, { hour12: false })}
            </time>
            <span class="method">{method.replace('notifications/', '')}</span>
            {uri && <code class="uri">{uri}</code>}
          </li>
        ))}
      </ol>
    </section>
  )
}

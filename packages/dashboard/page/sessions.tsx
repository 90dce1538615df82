import { signal } from '@preact/signals'
import type { VNode } from 'preact'
import { useEffect } from 'preact/hooks'
import type { DashboardSession } from '../src/options.ts'
import { askDashboard, explain } from './own-api.ts'

const PAUSE_MS = 2000

export const sessions = signal<DashboardSession[] | undefined>(undefined)
const problem = signal<string | undefined>(undefined)

/** Reads the sessions again. */
export async function readSessions(): Promise<void> {
  try {
    const response = await askDashboard('/sessions')
    if (!response.ok) throw new Error(await explain(response))
    sessions.value = (await response.json()).sessions
    problem.value = undefined
  } catch (error) {
    problem.value = (error as Error).message
  }
}

async function end(id: string): Promise<void> {
  const response = await askDashboard(`/sessions/${encodeURIComponent(id)}`, { method: 'DELETE' })
  await readSessions()
  if (!response.ok) problem.value = 'The session cannot be ended: it is gone, or kept in its id'
}

/** The sessions of 2025-era clients. */
export function Sessions(): VNode {
  useEffect(() => {
    void readSessions()
    const timer = setInterval(readSessions, PAUSE_MS)
    return () => clearInterval(timer)
  }, [])
  const all = sessions.value ?? []
  return (
    <section class="wide" aria-label="Sessions">
      <h1>
        Sessions <span class="count">{all.length}</span>
      </h1>
      {problem.value && <p class="message bad">{problem.value}</p>}
      {sessions.value && all.length === 0 && <p class="quiet">No 2025-era client has a session here.</p>}
      {all.length > 0 && (
        <div class="cards">
          {all.map(({ id, client, protocolVersion, openedAt, usedAt, busy }) => (
            <article class="card" key={id}>
              <h2>{client?.name || 'A client without a name'}</h2>
              <p class="facts">
                {[client?.version, protocolVersion && `revision ${protocolVersion}`, busy && 'busy']
                  .filter(Boolean)
                  .join(' · ')}
              </p>
              <dl>
                <div>
                  <dt>Age</dt>
                  <dd>{age(openedAt)}</dd>
                </div>
                <div>
                  <dt>Last used</dt>
                  <dd>{age(usedAt)} ago</dd>
                </div>
                <div>
                  <dt>Digest of its id</dt>
                  <dd>
                    <code>{id}</code>
                  </dd>
                </div>
              </dl>
              <button type="button" class="danger" onClick={() => void end(id)}>
                End session <span class="unseen">of {client?.name || id}</span>
              </button>
            </article>
          ))}
        </div>
      )}
    </section>
  )
}

function age(since: number): string {
  const seconds = Math.max(0, Math.round((Date.now() - since) / 1000))
  if (seconds < 120) return `${seconds} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}

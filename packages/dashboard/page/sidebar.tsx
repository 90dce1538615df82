import { effect, signal } from '@preact/signals'
import type { VNode } from 'preact'
import { challenge, token } from './access.ts'
import { kept } from './kept.ts'
import { listening } from './listening.ts'
import { CLIENT_ERAS, type ClientEra, chooseEra, clientEra } from './protocol/era.ts'
import { disconnectLegacy } from './protocol/legacy-client.ts'
import { reload } from './server.ts'

const THEMES = ['system', 'light', 'dark'] as const
const keptTheme = kept<(typeof THEMES)[number]>('theme', localStorage)
/** The colours that were chosen. */
export const theme = signal(keptTheme.get() ?? 'system')

effect(() => {
  document.documentElement.dataset.theme = theme.value
  keptTheme.set(theme.value)
})

/** Chooses light, dark or the system's colours, and reads the server again. */
export function ThemeSwitch(): VNode {
  return (
    <div class="foot">
      <label>
        <span class="unseen">Theme</span>
        <select
          value={theme.value}
          onChange={({ currentTarget }) => {
            theme.value = currentTarget.value as (typeof THEMES)[number]
          }}
        >
          {THEMES.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
      <button type="button" class="small" onClick={() => void reload()}>
        Reload
      </button>
    </div>
  )
}

/** Chooses the revision that the page speaks. */
export function EraSwitch(): VNode {
  return (
    <label class="era-switch">
      <span class="caption">Protocol</span>
      <select
        value={clientEra.value}
        onChange={({ currentTarget }) => {
          disconnectLegacy()
          chooseEra(currentTarget.value as ClientEra)
          void reload()
        }}
      >
        {Object.entries(CLIENT_ERAS).map(([era, title]) => (
          <option key={era} value={era}>
            {title}
          </option>
        ))}
      </select>
    </label>
  )
}

const CONNECTIONS = {
  connecting: 'connecting',
  connected: 'connected',
  waiting: 'reconnecting',
  unauthorized: 'needs a token',
}

/** The state of the stream of changes. */
export function Connection(): VNode {
  const state = challenge.value?.status === 401 ? 'unauthorized' : listening.value.state
  return (
    <span class={`connection ${state}`} role="status">
      <span class="dot" aria-hidden="true" />
      {CONNECTIONS[state]}
    </span>
  )
}

/** What a view says in the navigation. */
export function Badge({ name, count }: { name: string; count: number | undefined }): VNode | null {
  if (name === 'access')
    return challenge.value || token.value ? (
      <span class={`badge ${challenge.value ? 'bad' : 'good'}`}>{challenge.value ? '!' : '✓'}</span>
    ) : null
  return count === undefined ? null : <span class="badge">{count}</span>
}

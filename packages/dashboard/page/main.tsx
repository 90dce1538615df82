import { computed, effect } from '@preact/signals'
import { render, type VNode } from 'preact'
import { challenge, signedIn } from './access.ts'
import { Audits } from './audits/audits.tsx'
import { Changes } from './changes.tsx'
import { readLegacy } from './eras.ts'
import { Access, signInProblem } from './gate.tsx'
import { keepListening } from './listening.ts'
import { Overview } from './overview.tsx'
import { linkTo, place, route } from './place.ts'
import { Prompts } from './prompts.tsx'
import { Resources } from './resources.tsx'
import { changes, discovered, failure, lists, reload } from './server.ts'
import { readSessions, Sessions, sessions } from './sessions.tsx'
import { Badge, Connection, EraSwitch, ThemeSwitch } from './sidebar.tsx'
import { comeBack } from './sign-in.ts'
import { Tools } from './tools.tsx'
import { Traffic } from './traffic/traffic.tsx'
import { exchanges, followTraffic } from './traffic/traffic-feed.ts'

interface View {
  title: string
  show: (chosen: string | undefined) => VNode
  count?: () => number | undefined
}

const views: Record<string, View> = {
  overview: { title: 'Overview', show: () => <Overview /> },
  tools: {
    title: 'Tools',
    show: (chosen) => <Tools chosen={chosen} />,
    count: () => lists.tools.value?.items.length,
  },
  prompts: {
    title: 'Prompts',
    show: (chosen) => <Prompts chosen={chosen} />,
    count: () => lists.prompts.value?.items.length,
  },
  resources: {
    title: 'Resources',
    show: (chosen) => <Resources chosen={chosen} />,
    count: () =>
      lists.resources.value &&
      lists.resources.value.items.length + (lists.templates.value?.items.length ?? 0),
  },
  traffic: {
    title: 'Traffic',
    show: () => <Traffic />,
    count: () => exchanges.value.filter(({ isOwn }) => !isOwn).length,
  },
  changes: { title: 'Changes', show: () => <Changes />, count: () => changes.value.length },
  ...(place.hasSessions && {
    sessions: { title: 'Sessions', show: () => <Sessions />, count: () => sessions.value?.length },
  }),
  ...(place.hasAudits && { audits: { title: 'Audits', show: () => <Audits /> } }),
  access: { title: 'Access', show: () => <Access /> },
}

function App(): VNode {
  const { view, chosen } = route.value
  const current = views[view] ?? views.overview!
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to content
      </button>
      <aside class="side">
        <div class="brand">
          <img src={`${place.prefix}/icon.svg`} alt="" width="28" height="28" />
          <div>
            <strong>
              {String(discovered.value?.info.title ?? discovered.value?.info.name ?? 'Portico')}
            </strong>
            <Connection />
          </div>
        </div>
        <nav aria-label="Views">
          <ul>
            {Object.entries(views).map(([name, { title, count }]) => (
              <li key={name}>
                <a href={linkTo(name)} aria-current={views[view] === views[name] ? 'page' : undefined}>
                  {title}
                  <Badge name={name} count={count?.()} />
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <EraSwitch />
        <ThemeSwitch />
      </aside>
      <main id="main" tabIndex={-1}>
        {failure.value && view !== 'access' && (
          <div class="message bad" role="alert">
            {failure.value}{' '}
            {challenge.value ? (
              <a href={linkTo('access')}>Sign in or give a token</a>
            ) : (
              <button type="button" class="small" onClick={() => void reload()}>
                Try again
              </button>
            )}
          </div>
        )}
        {current.show(chosen)}
      </main>
    </>
  )
}

async function start(): Promise<void> {
  try {
    const tokens = await comeBack()
    if (tokens) signedIn(tokens)
  } catch (error) {
    signInProblem.value = (error as Error).message
    location.hash = linkTo('access')
  }
  void followTraffic()
  if (place.hasSessions) void readSessions()
  keepListening()
  await reload()
}

const isFound = computed(() => discovered.value !== undefined)
effect(() => {
  if (isFound.value) void readLegacy()
})

addEventListener('keydown', (event) => {
  const { target, key } = event
  const isTyping = target instanceof Element && target.matches('input, textarea, select')
  if (key === '/' && !isTyping) {
    const search = document.querySelector<HTMLInputElement>('.search')
    search?.focus()
    if (search) event.preventDefault()
  }
  const isSending = key === 'Enter' && (event.ctrlKey || event.metaKey)
  if (isSending && target instanceof Element) target.closest('form')?.requestSubmit()
})

render(<App />, document.getElementById('app')!)
void start()

import { useSignal } from '@preact/signals'
import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Fold } from '../fold.tsx'
import { Json } from '../json.tsx'
import { webAddress } from '../links.ts'
import { Out } from '../markdown.tsx'
import { place } from '../place.ts'
import type { Described } from '../server.ts'
import { theme } from '../sidebar.tsx'
import type { AppHost, DisplayMode } from './host.ts'
import { listAllowed, readApp, requestForApp } from './read-app.ts'

interface AppViewProps {
  uri: string
  tool: Described
  args: unknown
  result: unknown
}

interface AppEvent {
  name: string
  params: any
}

const MAX_EVENTS = 200
const MIN_HEIGHT = 80
const MAX_HEIGHT = 900

/** The app of a tool (MCP Apps), in a frame with an opaque origin, and what it does. */
export function AppView(props: AppViewProps): VNode {
  const frame = useRef<HTMLIFrameElement>(null)
  const host = useRef<AppHost | undefined>(undefined)
  const events = useSignal<readonly AppEvent[]>([])
  const [problem, setProblem] = useState<string | undefined>(undefined)
  const [height, setHeight] = useState(320)
  const [mode, setMode] = useState<DisplayMode>('inline')
  const context = buildContext(mode)
  const contextKey = JSON.stringify(context)
  useEffect(() => {
    const element = frame.current as HTMLIFrameElement
    const page = {
      request: requestForApp,
      onevent: (name: string, params: unknown) => {
        events.value = [...events.value, { name, params }].slice(-MAX_EVENTS)
      },
      onsize: (size: { height?: number | undefined }) => {
        if (size.height) setHeight(Math.min(MAX_HEIGHT, Math.max(MIN_HEIGHT, size.height)))
      },
      onmode: setMode,
    }
    const starting = start(element, props, page, context).then((started) => {
      host.current = started
    })
    starting.catch((error: Error) => setProblem(error.message))
    return () => {
      host.current?.close().catch(() => {})
      host.current = undefined
    }
  }, [props.result])
  useEffect(() => host.current?.setContext(context), [contextKey])
  return (
    <section class={`app ${mode}`} aria-label="App">
      <div class="heading">
        <h3>App</h3>
        <button
          type="button"
          class="small"
          onClick={() => setMode(mode === 'inline' ? 'fullscreen' : 'inline')}
        >
          {mode === 'inline' ? 'Full screen' : 'Leave full screen'}
        </button>
      </div>
      {problem && <p class="message bad">The app cannot be shown: {problem}</p>}
      <iframe
        ref={frame}
        class="app-frame"
        sandbox="allow-scripts allow-forms"
        title={`App of ${props.tool.name}`}
        style={{ height: mode === 'inline' ? `${height}px` : '' }}
      />
      <Fold title={`What the app does (${events.value.length})`}>
        {() => <Events events={events.value} />}
      </Fold>
    </section>
  )
}

async function start(
  frame: HTMLIFrameElement,
  { uri, tool, args, result }: AppViewProps,
  page: Parameters<typeof import('./host.ts').startHost>[1],
  context: ReturnType<typeof buildContext>,
): Promise<AppHost> {
  const [{ startHost }, document] = await Promise.all([loadHost(), readApp(uri)])
  const host = await startHost({ frame, document, tool, args, result, context }, page)
  frame.allow = listAllowed(document.permissions)
  const csp = document.csp ? `?csp=${encodeURIComponent(JSON.stringify(document.csp))}` : ''
  frame.src = `${place.prefix}/sandbox${csp}`
  return host
}

const loadHost = (): Promise<typeof import('./host.ts')> => import(`${place.prefix}/apps.js`)

function buildContext(displayMode: DisplayMode) {
  const isDark =
    theme.value === 'dark' || (theme.value === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  return {
    theme: isDark ? ('dark' as const) : ('light' as const),
    displayMode,
    availableDisplayModes: ['inline' as const, 'fullscreen' as const],
    containerDimensions: { maxHeight: MAX_HEIGHT },
    locale: navigator.language,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    userAgent: 'portico-dashboard',
    platform: 'web' as const,
  }
}

function Events({ events }: { events: readonly AppEvent[] }): VNode {
  return (
    <ol class="app-events" aria-label="Events of the app">
      {events.map(({ name, params }, index) => (
        <li key={index}>
          <span class="method">{name}</span>
          <OpenLink name={name} url={params?.url} />
          {params !== undefined && <Json value={params} label={`${name} ${index + 1}`} />}
        </li>
      ))}
    </ol>
  )
}

/** An app cannot open pages by itself: its wish becomes a link. */
function OpenLink({ name, url }: { name: string; url: unknown }): VNode | null {
  const address = name === 'ui/open-link' ? webAddress(url) : undefined
  return address ? (
    <>
      {' '}
      <Out to={address}>{address}</Out>
    </>
  ) : null
}

import { signal } from '@preact/signals'

const { dataset } = document.getElementById('app')!

/** The URL of a path of the server's, which may be served below another path. */
const below = (path: string): URL => new URL(`.${path}`, new URL(dataset.root!, location.href))

/** What the server said of the page's place. */
export const place = {
  prefix: below(dataset.prefix!).pathname,
  endpoint: below(dataset.path!).href,
  path: dataset.path!,
  hasSessions: dataset.sessions !== undefined,
  hasAudits: dataset.audits !== undefined,
}

export interface Route {
  view: string
  chosen?: string
  /** The arguments that the address carries. */
  args?: unknown
}

/** The view that the address names, and what is chosen in it. */
export const route = signal<Route>(readRoute())

addEventListener('hashchange', () => {
  route.value = readRoute()
})

export const linkTo = (view: string, chosen?: string): string =>
  chosen === undefined ? `#/${view}` : `#/${view}/${encodeURIComponent(chosen)}`

/** A link that carries arguments. Opening it fills in the form, and sends nothing. */
export const linkWithArguments = (view: string, chosen: string, args: unknown): string =>
  `${linkTo(view, chosen)}?arguments=${encodeURIComponent(JSON.stringify(args))}`

/** Removes the arguments from the address once they are in the form, so that a reload keeps later changes. */
export function dropArguments(): void {
  const { view, chosen } = route.peek()
  history.replaceState(null, '', linkTo(view, chosen))
  route.value = readRoute()
}

function readRoute(): Route {
  const [path = '', query = ''] = location.hash.split('?', 2)
  const [, view = '', chosen] = /^#\/([^/]*)(?:\/(.*))?$/.exec(path) ?? []
  const args = readArguments(query)
  return {
    view: view || 'overview',
    ...(chosen && { chosen: decoded(chosen) }),
    ...(args !== undefined && { args }),
  }
}

function readArguments(query: string): unknown {
  try {
    return JSON.parse(new URLSearchParams(query).get('arguments') ?? '') ?? undefined
  } catch {
    return undefined
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

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
}

/** The view that the address names, and what is chosen in it. */
export const route = signal(readRoute())

addEventListener('hashchange', () => {
  route.value = readRoute()
})

export const linkTo = (view: string, chosen?: string): string =>
  chosen === undefined ? `#/${view}` : `#/${view}/${encodeURIComponent(chosen)}`

function readRoute(): { view: string; chosen?: string } {
  const [, view = '', chosen] = /^#\/([^/]*)(?:\/(.*))?$/.exec(location.hash) ?? []
  return { view: view || 'overview', ...(chosen && { chosen: decoded(chosen) }) }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

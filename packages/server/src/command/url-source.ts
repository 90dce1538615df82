import { fromUrl } from '@portico-mcp/stdio'
import { type CheckedSource, introduce } from './introduce.ts'
import type { UrlTarget } from './target.ts'

/**
 * Creates what serves a server elsewhere. It may be down for now, so that its `check` only prints why it does not answer.
 */
export function createUrlSource({ url, headers, share }: UrlTarget): CheckedSource {
  const input = () => fromUrl(url, { headers, share, onerror: ({ message }) => console.error(message) })
  const { origin } = new URL(url)
  return {
    input,
    check: () =>
      introduce(input).catch(({ message }) => console.error(`${origin} does not answer yet: ${message}`)),
  }
}

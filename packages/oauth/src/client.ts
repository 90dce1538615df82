import type { ClientView } from './options.ts'
import { isSameRedirectUri } from './redirect-uri.ts'

/** How an application says who it is at the token endpoint. */
export type ClientAuthMethod = 'none' | 'client_secret_basic' | 'client_secret_post'

/** An application that may ask for tokens. */
export interface Client extends ClientView {
  /** Whether it can use a refresh token. */
  refreshes: boolean
}

/** The redirect URI that a request names, or the only one that there is; undefined for one that is not registered. */
export function redirectUriOf({ redirectUris }: Client, asked: string | null): string | undefined {
  if (asked === null) return redirectUris.length === 1 ? redirectUris[0] : undefined
  return redirectUris.some((registered) => isSameRedirectUri(registered, asked)) ? asked : undefined
}

const MAX_NAME = 80

/**
 * A name as it can be shown: without what cannot be seen, or changes the direction of what stands around it.
 *
 * @returns an empty text for what is none.
 */
export const cleanName = (name: unknown): string =>
  typeof name === 'string'
    ? name
        .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
        .replace(/\s+/g, ' ')
        .trim()
        .slice(0, MAX_NAME)
        // half a character
        .replace(/[\ud800-\udbff]$/, '')
    : ''

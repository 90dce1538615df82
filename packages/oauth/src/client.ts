import type { ClientView } from './options.ts'
import { isSameRedirectUri } from './redirect-uri.ts'

/** How a client authenticates at the token endpoint (RFC 7591 §2). */
export type ClientAuthMethod = 'none' | 'client_secret_basic' | 'client_secret_post'

/** A client that may request tokens. */
export interface Client extends ClientView {
  /** Whether the client uses refresh tokens. */
  refreshes: boolean
}

/**
 * Selects the redirect URI of a request: the requested one, or the only registered one if the request has none.
 *
 * @returns undefined if the requested one is not registered, or if the request has none and several are registered.
 */
export function selectRedirectUri({ redirectUris }: Client, requested: string | null): string | undefined {
  if (requested === null) return redirectUris.length === 1 ? redirectUris[0] : undefined
  return redirectUris.some((registered) => isSameRedirectUri(registered, requested)) ? requested : undefined
}

const MAX_NAME_LENGTH = 80

/**
 * Prepares a name for display: invisible characters, and those that change the text direction, become spaces.
 *
 * @returns An empty string if the value is not a string.
 */
export const cleanName = (name: unknown): string =>
  typeof name === 'string'
    ? name
        .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
        .replace(/\s+/g, ' ')
        .trim()
        .slice(0, MAX_NAME_LENGTH)
        // Cutting off may leave half a surrogate pair.
        .replace(/[\ud800-\udbff]$/, '')
    : ''

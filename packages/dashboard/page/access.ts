import { signal } from '@preact/signals'
import { kept } from './kept.ts'
import { place } from './place.ts'
import { clientEra } from './protocol/era.ts'
import { sendLegacy } from './protocol/legacy-client.ts'
import { type Reply, type RequestOptions, Unauthorized } from './protocol/messages.ts'
import { sendModern } from './protocol/modern-client.ts'
import { type OAuthTokens, refresh } from './sign-in.ts'

const keptToken = kept<string>(`token ${place.path}`)
const keptTokens = kept<OAuthTokens>(`tokens ${place.path}`)

/** The bearer token that is sent, if any. */
export const token = signal(keptToken.get())
/** The server's challenge, if it asked for a token. */
export const challenge = signal<{ status: number; header: string } | undefined>(undefined)

export function setToken(value: string | undefined): void {
  token.value = value || undefined
  keptToken.set(token.value)
  keptTokens.set(undefined)
  challenge.value = undefined
}

export function signedIn(tokens: OAuthTokens): void {
  setToken(tokens.accessToken)
  keptTokens.set(tokens)
}

/** Sends a request with the token, in the era that was chosen. */
export const request = (method: string, params: object, options: RequestOptions = {}): Promise<Reply> =>
  withToken((token) => {
    const era = clientEra.peek()
    const all = { ...options, token }
    return era === '2026'
      ? sendModern(method, params, all)
      : sendLegacy(era === '2025-session', method, params, all)
  })

/** Runs work with the token. An expired token is renewed once. */
export async function withToken<T>(work: (token: string | undefined) => Promise<T>): Promise<T> {
  try {
    const reply = await work(token.peek())
    if (challenge.peek()?.status === 401) challenge.value = undefined
    return reply
  } catch (error) {
    if (!(error instanceof Unauthorized)) throw error
    const tokens = error.status === 401 ? keptTokens.get() : undefined
    const renewed = tokens?.refreshToken ? await refresh(tokens).catch(() => undefined) : undefined
    if (renewed) {
      signedIn(renewed)
      return work(renewed.accessToken)
    }
    challenge.value = { status: error.status, header: error.challenge }
    throw error
  }
}

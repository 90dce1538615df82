import { signal } from '@preact/signals'
import { type Reply, type RequestOptions, send, Unauthorized } from './client.ts'
import { kept } from './kept.ts'
import { place } from './place.ts'
import { type OAuthTokens, refresh } from './sign-in.ts'

const keptToken = kept<string>(`token ${place.path}`)
const keptTokens = kept<OAuthTokens>(`tokens ${place.path}`)

/** The bearer token that is sent, if any. */
export const token = signal(keptToken.get())
/** What the server said when it asked who is there. */
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

/** Sends a request as whoever is signed in; an expired token is renewed once. */
export async function request(method: string, params: object, options: RequestOptions = {}): Promise<Reply> {
  try {
    const reply = await send(method, params, { ...options, token: token.value })
    if (challenge.peek()?.status === 401) challenge.value = undefined
    return reply
  } catch (error) {
    if (!(error instanceof Unauthorized)) throw error
    const tokens = error.status === 401 ? keptTokens.get() : undefined
    const renewed = tokens?.refreshToken ? await refresh(tokens).catch(() => undefined) : undefined
    if (renewed) {
      signedIn(renewed)
      return send(method, params, { ...options, token: token.value })
    }
    challenge.value = { status: error.status, header: error.challenge }
    throw error
  }
}

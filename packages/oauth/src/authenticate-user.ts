import type { OAuthContext } from './context.ts'
import type { User } from './user.ts'

/**
 * Calls the option `authenticate`.
 *
 * @param returnTo - The URL of the page to come back to after a sign-in.
 * @returns The user, or a response that asks the user to sign in.
 * @throws Error if `authenticate` returns neither.
 */
export async function authenticateUser(
  { url, headers }: Request,
  returnTo: string,
  clientName: string,
  { settings }: OAuthContext,
): Promise<User | Response> {
  const { authenticate, base } = settings
  if (!authenticate) throw new Error('oauthServer: authenticate is missing')
  const { pathname, search } = new URL(returnTo)
  const result = await authenticate(new Request(url, { headers: removeBodyHeaders(headers) }), {
    returnTo: `${new URL(base).origin}${pathname}${search}`,
    clientName,
  })
  if (result instanceof Response || (typeof result?.sub === 'string' && result.sub !== '')) return result
  throw new Error('oauthServer: authenticate must return a user with a sub, or a Response')
}

function removeBodyHeaders(headers: Headers): Headers {
  const kept = new Headers(headers)
  for (const name of ['content-length', 'content-type', 'transfer-encoding']) kept.delete(name)
  return kept
}

import type { Desk } from './desk.ts'
import type { User } from './user.ts'

/** Who is at the browser, as the host knows; or the answer that has somebody sign in. */
export async function whoIs(
  { url, headers }: Request,
  returnTo: string,
  clientName: string,
  { settings }: Desk,
): Promise<User | Response> {
  const { authenticate, base } = settings
  if (!authenticate) throw new Error('authenticate is missing')
  const { pathname, search } = new URL(returnTo)
  const who = await authenticate(new Request(url, { headers: withoutBody(headers) }), {
    returnTo: `${new URL(base).origin}${pathname}${search}`,
    clientName,
  })
  if (who instanceof Response || (typeof who?.sub === 'string' && who.sub !== '')) return who
  throw new Error('authenticate gave neither a user with a sub nor a response')
}

function withoutBody(headers: Headers): Headers {
  const bare = new Headers(headers)
  for (const name of ['content-length', 'content-type', 'transfer-encoding']) bare.delete(name)
  return bare
}

import type { Authenticate } from '@portico-mcp/oauth'
import type { SessionStore } from '@portico-mcp/sessions'

/** The users of the site: a visitor who types a name is that user, without a password. */
export interface Login {
  /** Shows the form of `/login`, or signs the user in. */
  fetch(request: Request): Promise<Response>
  authenticate: Authenticate
}

const COOKIE = 'bakery-login'
const FORM =
  '<!doctype html><form method="post">Your name: <input name="name"><button>Sign in</button></form>'

/**
 * @param store - Stores who is signed in, on every isolate.
 * @param origin - The origin of the site. Users are sent nowhere else.
 */
export function createLogin(store: SessionStore, origin: string): Login {
  async function signIn(request: Request, target: URL): Promise<Response> {
    const name = String((await request.formData()).get('name'))
    if (!/^[a-z]{1,20}$/.test(name)) return showForm()
    const id = crypto.randomUUID()
    await store.createSession(id, { name })
    return redirect(target.href, `${COOKIE}=${id}; Path=/; HttpOnly; SameSite=Lax`)
  }

  return {
    async fetch(request) {
      const target = new URL(new URL(request.url).searchParams.get('to') ?? '/', origin)
      if (target.origin !== origin) return new Response('Not found', { status: 404 })
      return request.method === 'POST' ? signIn(request, target) : showForm()
    },
    async authenticate({ headers }, { returnTo }) {
      const [, id = ''] = /\bbakery-login=([\w-]{36})/.exec(headers.get('cookie') ?? '') ?? []
      const name = id && (await store.getSession(id))?.data?.name
      return typeof name === 'string' && name !== ''
        ? { sub: name, claims: { name } }
        : redirect(`/login?to=${encodeURIComponent(returnTo)}`)
    },
  }
}

const showForm = (): Response => new Response(FORM, { headers: { 'content-type': 'text/html' } })

const redirect = (location: string, cookie?: string): Response =>
  new Response(null, { status: 303, headers: { location, ...(cookie && { 'set-cookie': cookie }) } })

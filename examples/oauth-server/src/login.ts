import type { User } from '@portico-mcp/oauth'

/** Stands in for the users of a site: a visitor who enters a name becomes that user, without a password. */
export interface Login {
  fetch(request: Request): Promise<Response>
  /** Who is signed in at a browser; or where to sign in, on the way to `returnTo`. */
  authenticate(request: Request, context: { returnTo: string }): User | Response
}

const COOKIE = 'diary-session'
const NAME = /^[a-z]{1,20}$/

/** @param origin - The origin of the site. Redirects to other origins are rejected. */
export function createLogin(origin: string): Login {
  const sessions = new Map<string, string>()

  async function signIn(request: Request, to: URL): Promise<Response> {
    const name = String((await request.formData()).get('name'))
    if (!NAME.test(name)) return page(to)
    const session = crypto.randomUUID()
    sessions.set(session, name)
    const cookie = `${COOKIE}=${session}; Path=/; HttpOnly; SameSite=Lax`
    return new Response(null, { status: 303, headers: { location: to.href, 'set-cookie': cookie } })
  }

  return {
    async fetch(request) {
      const asked = new URL(request.url).searchParams.get('to') ?? '/'
      const to = new URL(asked, origin)
      if (to.origin !== origin) return new Response('Not found', { status: 404 })
      return request.method === 'POST' ? signIn(request, to) : page(to)
    },
    authenticate({ headers }, { returnTo }) {
      const [, session = ''] = new RegExp(`\\b${COOKIE}=([\\w-]+)`).exec(headers.get('cookie') ?? '') ?? []
      const sub = sessions.get(session)
      if (sub !== undefined) return { sub, claims: { name: sub } }
      return new Response(null, {
        status: 303,
        headers: { location: `/login?to=${encodeURIComponent(returnTo)}` },
      })
    },
  }
}

function page(to: URL): Response {
  const action = `/login?to=${encodeURIComponent(to.href)}`
  const html = `<!doctype html><title>Diary: who are you?</title>
<form method="post" action="${action}">
<label>Who are you? <input name="name" pattern="[a-z]{1,20}" required autofocus></label> <button>Sign in</button>
</form>`
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
  }
  return new Response(html, { headers })
}

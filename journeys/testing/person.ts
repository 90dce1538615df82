const MAX_PAGES = 20

/** Somebody with a browser that keeps cookies. */
export interface Person {
  /** Signs in and consents, page by page; resolves to what the application is called back with. */
  signIn(authorizationUrl: URL): Promise<URLSearchParams>
}

/** @param login - The name that is typed into the login page, which becomes `sub`. */
export function createPerson(login: string): Person {
  const cookies = new Map<string, string>()

  async function open(url: URL, form?: URLSearchParams): Promise<Response> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const method = form ? 'POST' : 'GET'
    const response = await fetch(url, { method, body: form, headers: { cookie }, redirect: 'manual' })
    for (const set of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set)!
      cookies.set(name!, value!)
    }
    return response
  }

  return {
    signIn: async (authorizationUrl) => {
      const callback = authorizationUrl.searchParams.get('redirect_uri')!
      let url = authorizationUrl
      let form: URLSearchParams | undefined
      for (let page = 0; page < MAX_PAGES; page++) {
        const response = await open(url, form)
        const html = await response.text()
        const location = response.headers.get('location')
        form = location ? undefined : fillIn(html, login)
        url = new URL(location ?? /<form[^>]* action="([^"]+)"/.exec(html)![1]!.replaceAll('&amp;', '&'), url)
        if (url.href.startsWith(callback)) return url.searchParams
      }
      throw new Error('The sign-in does not end')
    },
  }
}

function fillIn(html: string, login: string): URLSearchParams {
  const [, transaction] = /name="transaction" value="([^"]+)"/.exec(html) ?? []
  if (transaction !== undefined) return new URLSearchParams({ transaction, decision: 'allow' })
  const [, prompt] = /name="prompt" value="(\w+)"/.exec(html) ?? []
  if (prompt === undefined) throw new Error(`Neither a login nor a consent page: ${html}`)
  return new URLSearchParams(prompt === 'login' ? { prompt, login, password: 'secret' } : { prompt })
}

/** Sends a request to a handler in this process, or to the network. */
export type SendRequest = (request: Request) => Promise<Response>

/** A browser that stores cookies, and does not follow redirects. */
export class Browser {
  readonly cookies = new Map<string, string>()
  readonly #send: SendRequest

  constructor(send: SendRequest = (request) => fetch(request)) {
    this.#send = send
  }

  async open(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    if (this.cookies.size > 0) {
      headers.set('cookie', [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    }
    const response = await this.#send(new Request(url, { ...init, headers, redirect: 'manual' }))
    for (const set of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set)!
      if (/Max-Age=0/.test(set)) this.cookies.delete(name!)
      else this.cookies.set(name!, value!)
    }
    return response
  }

  /** Submits the form of the consent page. */
  async decide(page: Response | string, decision = 'allow', headers: HeadersInit = {}): Promise<Response> {
    const html = typeof page === 'string' ? page : await page.text()
    const { action, transaction } = readForm(html)
    return this.open(action, {
      method: 'POST',
      body: new URLSearchParams({ transaction, decision }),
      headers: { origin: new URL(action).origin, ...headers },
    })
  }
}

/** Reads the form of a consent page. */
export function readForm(html: string): { action: string; transaction: string } {
  const [, action] = /<form method="post" action="([^"]+)"/.exec(html) ?? []
  const [, transaction] = /name="transaction" value="([^"]+)"/.exec(html) ?? []
  if (!action || !transaction) throw new Error(`This is not a consent page: ${html}`)
  return { action, transaction }
}

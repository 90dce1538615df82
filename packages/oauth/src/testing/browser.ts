/** What is asked: a handler in this process, or the network. */
export type Ask = (request: Request) => Promise<Response>

/** A browser that keeps cookies, and follows nothing by itself. */
export class Browser {
  readonly cookies = new Map<string, string>()
  readonly #ask: Ask

  constructor(ask: Ask = (request) => fetch(request)) {
    this.#ask = ask
  }

  async open(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    if (this.cookies.size > 0) {
      headers.set('cookie', [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    }
    const response = await this.#ask(new Request(url, { ...init, headers, redirect: 'manual' }))
    for (const set of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set)!
      if (/Max-Age=0/.test(set)) this.cookies.delete(name!)
      else this.cookies.set(name!, value!)
    }
    return response
  }

  /** Answers the consent page. */
  async decide(page: Response | string, decision = 'allow', headers: HeadersInit = {}): Promise<Response> {
    const html = typeof page === 'string' ? page : await page.text()
    const { action, transaction } = formOf(html)
    return this.open(action, {
      method: 'POST',
      body: new URLSearchParams({ transaction, decision }),
      headers: { origin: new URL(action).origin, ...headers },
    })
  }
}

export function formOf(html: string): { action: string; transaction: string } {
  const [, action] = /<form method="post" action="([^"]+)"/.exec(html) ?? []
  const [, transaction] = /name="transaction" value="([^"]+)"/.exec(html) ?? []
  if (!action || !transaction) throw new Error(`No consent page: ${html}`)
  return { action, transaction }
}

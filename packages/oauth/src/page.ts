import { generateSecret } from './digest.ts'

const STYLE = `
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0;display:grid;min-height:100vh;place-items:center}
main{max-width:26rem;padding:2rem;box-sizing:border-box;width:100%}
h1{font-size:1.4rem;margin:0 0 1rem}
dt{opacity:.7;font-size:.85rem}dd{margin:0 0 .8rem;font-weight:600;overflow-wrap:anywhere}
ul{margin:0;padding-left:1.2rem}
.warning{border-left:4px solid #c77700;padding:.4rem .8rem;margin:1rem 0}
button,a.button{font:inherit;padding:.6rem 1.4rem;border-radius:.5rem;border:1px solid;cursor:pointer;margin-right:.6rem}
button{animation:enable .6s}@keyframes enable{0%,99%{pointer-events:none;opacity:.5}}
button.main{background:#0a58ca;border-color:#0a58ca;color:#fff}
`

/** A piece of HTML that is safe to insert. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** Builds HTML from a template. Inserted strings are escaped, {@link Html} is not. */
export const html = (parts: TemplateStringsArray, ...values: (string | Html | readonly Html[])[]): Html =>
  new Html(
    parts.reduce((text, part, index) => {
      const value = values[index - 1] as string | Html | readonly Html[]
      return `${text}${renderValue(value)}${part}`
    }),
  )

const renderValue = (value: string | Html | readonly Html[]): string =>
  typeof value === 'string'
    ? value.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`)
    : [value].flat().reduce((text, { text: more }) => text + more, '')

/** Options of {@link renderPage}. */
export interface PageOptions {
  status?: number | undefined
  /**
   * Whether the page has a form. If it has, there is no `form-action`: Chromium applies it to every redirect after the
   * form, and clients redirect to URLs that the server does not know, such as the scheme of a desktop application.
   * @defaultValue false
   */
  hasForm?: boolean | undefined
  headers?: Record<string, string> | undefined
  cookies?: readonly string[] | undefined
}

/** Builds an HTML response without scripts. Other pages cannot frame it, and caches do not store it (RFC 9700 §4.16). */
export function renderPage(title: string, content: Html, options: PageOptions = {}): Response {
  const { status = 200, hasForm = false, cookies = [] } = options
  const nonce = generateSecret()
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
    ...(hasForm ? [] : ["form-action 'none'"]),
  ]
  const headers = new Headers({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cache-control': 'no-store',
    ...options.headers,
  })
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style nonce="${nonce}">${new Html(STYLE)}</style>
</head>
<body><main>
${content}
</main></body>
</html>
`
  return new Response(document.text, { status, headers })
}

/** Redirects a browser with 303, so that it always continues with GET (RFC 9700 §4.12). */
export function redirectTo(location: string, cookies: readonly string[] = []): Response {
  const headers = new Headers({ location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}

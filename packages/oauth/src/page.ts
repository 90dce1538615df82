import { randomSecret } from './digest.ts'

const STYLE = `
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0;display:grid;min-height:100vh;place-items:center}
main{max-width:26rem;padding:2rem;box-sizing:border-box;width:100%}
h1{font-size:1.4rem;margin:0 0 1rem}
dt{opacity:.7;font-size:.85rem}dd{margin:0 0 .8rem;font-weight:600;overflow-wrap:anywhere}
ul{margin:0;padding-left:1.2rem}
.warning{border-left:4px solid #c77700;padding:.4rem .8rem;margin:1rem 0}
button,a.button{font:inherit;padding:.6rem 1.4rem;border-radius:.5rem;border:1px solid;cursor:pointer;margin-right:.6rem}
button{animation:wake .6s}@keyframes wake{0%,99%{pointer-events:none;opacity:.5}}
button.main{background:#0a58ca;border-color:#0a58ca;color:#fff}
`

/** HTML that has been escaped. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** Writes HTML; whatever is put in is escaped unless it is {@link Html}. */
export const html = (parts: TemplateStringsArray, ...values: (string | Html | readonly Html[])[]): Html =>
  new Html(
    parts.reduce((text, part, index) => {
      const value = values[index - 1] as string | Html | readonly Html[]
      return `${text}${shown(value)}${part}`
    }),
  )

const shown = (value: string | Html | readonly Html[]): string =>
  typeof value === 'string'
    ? value.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`)
    : [value].flat().reduce((text, { text: more }) => text + more, '')

/** What a page may do besides. */
export interface PageOptions {
  status?: number | undefined
  /**
   * Whether it has a form. Browsers then get no `form-action`: Chromium applies it to every redirect that follows the
   * form, and callbacks redirect on to URLs that are not known beforehand, such as the scheme of a desktop application.
   * @defaultValue false
   */
  hasForm?: boolean | undefined
  headers?: Record<string, string> | undefined
  cookies?: readonly string[] | undefined
}

/** A page without scripts, which nobody frames, keeps or takes out of this site (RFC 9700 §4.16). */
export function pageResponse(title: string, content: Html, options: PageOptions = {}): Response {
  const { status = 200, hasForm = false, cookies = [] } = options
  const nonce = randomSecret()
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

/** Sends a browser on by GET, whatever it came with (RFC 9700 §4.12). */
export function redirectResponse(location: string, cookies: readonly string[] = []): Response {
  const headers = new Headers({ location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}

import { lexer, type Token, type Tokens } from 'marked'
import type { ComponentChildren, VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { webAddress } from './links.ts'

const MAX_LENGTH = 20_000

/** Text of a server, in Markdown: its HTML stays text, its images are not fetched. */
export function Markdown({ text }: { text: string }): VNode {
  const tokens = useMemo(() => (text.length > MAX_LENGTH ? undefined : tokensOf(text)), [text])
  if (!tokens) return <p class="plain">{text}</p>
  return <div class="markdown">{blocks(tokens)}</div>
}

function tokensOf(text: string): Token[] | undefined {
  try {
    return lexer(text, { breaks: true })
  } catch {
    return undefined
  }
}

const blocks = (tokens: readonly Token[] = []): ComponentChildren => tokens.map(block)

function block(token: Token): ComponentChildren {
  switch (token.type) {
    case 'space':
    case 'def':
      return null
    case 'heading':
      return <p class="heading">{inline(token.tokens)}</p>
    case 'paragraph':
      return <p>{inline(token.tokens)}</p>
    case 'code':
      return (
        <pre>
          <code>{token.text}</code>
        </pre>
      )
    case 'blockquote':
      return <blockquote>{blocks(token.tokens)}</blockquote>
    case 'hr':
      return <hr />
    case 'list': {
      const items = (token as Tokens.List).items.map((item) => <li>{blocks(item.tokens)}</li>)
      return token.ordered ? <ol>{items}</ol> : <ul>{items}</ul>
    }
    case 'table': {
      const { header, rows } = token as Tokens.Table
      return (
        <table>
          <thead>
            <tr>
              {header.map((cell) => (
                <th scope="col">{inline(cell.tokens)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr>
                {row.map((cell) => (
                  <td>{inline(cell.tokens)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )
    }
    case 'text':
      return 'tokens' in token && token.tokens ? inline(token.tokens) : token.text
    default:
      return <p>{token.raw}</p>
  }
}

const inline = (tokens: readonly Token[] = []): ComponentChildren => tokens.map(piece)

function piece(token: Token): ComponentChildren {
  switch (token.type) {
    case 'strong':
      return <strong>{inline(token.tokens)}</strong>
    case 'em':
      return <em>{inline(token.tokens)}</em>
    case 'del':
      return <del>{inline(token.tokens)}</del>
    case 'codespan':
      return <code>{token.text}</code>
    case 'br':
      return <br />
    case 'link': {
      const address = webAddress(token.href)
      return address ? <Out to={address}>{inline(token.tokens)}</Out> : token.raw
    }
    case 'text':
      return 'tokens' in token && token.tokens ? inline(token.tokens) : token.text
    case 'escape':
      return token.text
    default:
      return token.raw
  }
}

/** A link that leaves the page, and tells the other side nothing. */
export function Out({ to, children }: { to: string; children: ComponentChildren }): VNode {
  return (
    <a href={to} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  )
}

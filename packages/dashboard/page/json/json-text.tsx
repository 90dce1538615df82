import type { ComponentChildren, VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { Copy } from '../copy.tsx'

const TOKEN = /("(?:[^"\\]|\\.)*(?:"|\\?$))(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/gs
const MAX_COLOURED = 60_000

/** Text that is JSON, or was until it was cut. */
export function JsonText({ text, label }: { text: string; label: string }): VNode {
  const coloured = useMemo(() => (text.length > MAX_COLOURED ? text : colour(text)), [text])
  return (
    <div class="json">
      <Copy text={text} label={`Copy ${label}`} />
      <Scroll label={label}>{coloured}</Scroll>
    </div>
  )
}

/** Text that may be larger than its place, and can be scrolled by keyboard. */
export function Scroll({ label, children }: { label: string; children: ComponentChildren }): VNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard
    <section class="scroll" tabIndex={0} aria-label={label}>
      <pre>{children}</pre>
    </section>
  )
}

function colour(text: string): ComponentChildren[] {
  const pieces: ComponentChildren[] = []
  let place = 0
  for (const { index, 0: whole, 1: string, 2: colon, 3: word } of text.matchAll(TOKEN)) {
    pieces.push(text.slice(place, index))
    if (string !== undefined) {
      pieces.push(<span class={colon === undefined ? 'string' : 'key'}>{string}</span>, colon)
    } else pieces.push(<span class={word === undefined ? 'number' : 'word'}>{whole}</span>)
    place = index + whole.length
  }
  pieces.push(text.slice(place))
  return pieces
}

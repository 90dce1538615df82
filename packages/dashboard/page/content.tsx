import type { VNode } from 'preact'
import { Json, JsonText } from './json.tsx'
import { mediaAddress, webAddress } from './links.ts'
import { Markdown, Out } from './markdown.tsx'

/** What a tool, a prompt or a resource holds, block by block. */
export function Content({ blocks }: { blocks: unknown }): VNode {
  if (!Array.isArray(blocks)) return <Json value={blocks} label="content" />
  return (
    <>
      {blocks.map((block, index) => (
        // what it is has no identity but its place
        <section class="block" key={index}>
          <Block block={block} />
        </section>
      ))}
    </>
  )
}

function Block({ block }: { block: any }): VNode {
  switch (block?.type) {
    case 'text':
      return <Text text={String(block.text)} />
    case 'image':
    case 'audio':
      return <Media kind={block.type} mimeType={block.mimeType} data={block.data} />
    case 'resource':
      return <Resource contents={block.resource} />
    case 'resource_link':
      return (
        <div class="card">
          <div class="caption">resource link</div>
          <strong>{String(block.title ?? block.name ?? block.uri)}</strong>
          <Uri uri={block.uri} />
          {typeof block.description === 'string' && <Markdown text={block.description} />}
        </div>
      )
    default:
      return <Json value={block} label={`block of type ${block?.type}`} />
  }
}

/** What was read of a resource. */
export function Resource({ contents }: { contents: any }): VNode {
  const { uri, mimeType, text, blob } = contents ?? {}
  const kind = String(mimeType).startsWith('audio/') ? 'audio' : 'image'
  return (
    <div class="card">
      <div class="caption">
        <Uri uri={uri} /> {mimeType && <span class="type">{String(mimeType)}</span>}
      </div>
      {typeof text === 'string' ? (
        <Text text={text} isMarkdown={mimeType === 'text/markdown'} />
      ) : (
        <Media kind={kind} mimeType={mimeType} data={blob} />
      )}
    </div>
  )
}

/** A URI of a server; a web address can be followed. */
export function Uri({ uri }: { uri: unknown }): VNode {
  const address = webAddress(uri)
  return <code class="uri">{address ? <Out to={address}>{String(uri)}</Out> : String(uri)}</code>
}

function Text({ text, isMarkdown = false }: { text: string; isMarkdown?: boolean }): VNode {
  const pretty = asJson(text)
  if (pretty !== undefined) return <JsonText text={pretty} label="text" />
  if (isMarkdown) return <Markdown text={text} />
  return <pre class="text">{text}</pre>
}

function asJson(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return undefined
  }
}

function Media({
  kind,
  mimeType,
  data,
}: {
  kind: 'image' | 'audio'
  mimeType: unknown
  data: unknown
}): VNode {
  const address = mediaAddress(kind, mimeType, data)
  if (!address) {
    return (
      <div class="card">
        {String(mimeType)}, {typeof data === 'string' ? `${data.length} characters of base64` : 'no data'},
        not shown
      </div>
    )
  }
  if (kind === 'image') return <img class="media" src={address} alt={`From the server, ${mimeType}`} />
  // biome-ignore lint/a11y/useMediaCaption: the server gives none
  return <audio class="media" controls src={address} aria-label={`From the server, ${mimeType}`} />
}

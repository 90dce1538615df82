import type { VNode } from 'preact'
import { readCsv, Table } from './json/table.tsx'
import { Json } from './json.tsx'
import { webAddress } from './links.ts'
import { Markdown, Out } from './markdown.tsx'
import { Media } from './media.tsx'
import { openResource } from './open-resource.ts'

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
      return <Media mimeType={block.mimeType} data={block.data} name={String(block.type)} />
    case 'resource':
      return <Resource contents={block.resource} />
    case 'resource_link':
      return (
        <div class="card">
          <div class="caption">resource link</div>
          <p>
            <strong>{String(block.title ?? block.name ?? block.uri)}</strong> <Uri uri={block.uri} />{' '}
            {typeof block.uri === 'string' && (
              <button type="button" class="small" onClick={() => openResource(block.uri)}>
                Open <span class="unseen">{String(block.name ?? block.uri)}</span>
              </button>
            )}
          </p>
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
  return (
    <div class="card">
      <div class="caption">
        <Uri uri={uri} /> {mimeType && <span class="type">{String(mimeType)}</span>}
      </div>
      {typeof text === 'string' ? (
        <Text text={text} mimeType={String(mimeType).split(';')[0]} />
      ) : (
        <Media mimeType={mimeType} data={blob} name={String(uri)} />
      )}
    </div>
  )
}

/** A URI of a server; a web address can be followed. */
export function Uri({ uri }: { uri: unknown }): VNode {
  const address = webAddress(uri)
  return <code class="uri">{address ? <Out to={address}>{String(uri)}</Out> : String(uri)}</code>
}

function Text({ text, mimeType }: { text: string; mimeType?: string | undefined }): VNode {
  const json = readJson(text)
  if (json !== undefined) return <Json value={json} label="text" />
  if (mimeType === 'text/markdown') return <Markdown text={text} />
  if (mimeType === 'text/csv') return <Table table={readCsv(text)} label="text" />
  return <pre class="text">{text}</pre>
}

function readJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

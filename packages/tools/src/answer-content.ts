import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { encodeBase64 } from './base64.ts'
import { mediaTypeOf, type RawAnswer, textOfAnswer } from './read-answer.ts'

/**
 * What a tool answers for an API: text as it came, images and audio as such, other bytes as a resource.
 *
 * @param uri - Of the resource.
 */
export function contentOf(answer: RawAnswer, method: string, uri: string): CallToolResult {
  const { headers, bytes } = answer
  if (bytes.length === 0) return { content: [{ type: 'text', text: withoutBody(answer, method) }] }
  const text = textOfAnswer(answer)
  if (text !== undefined) return { content: [{ type: 'text', text }] }
  const mimeType = mediaTypeOf(headers) || 'application/octet-stream'
  const data = encodeBase64(bytes)
  if (mimeType.startsWith('image/')) return { content: [{ type: 'image', data, mimeType }] }
  if (mimeType.startsWith('audio/')) return { content: [{ type: 'audio', data, mimeType }] }
  return { content: [{ type: 'resource', resource: { uri, mimeType, blob: data } }] }
}

/** What an answer to HEAD says beside its status; it never carries what a session is known by. */
const HEAD_HEADERS = ['content-type', 'content-length', 'etag', 'last-modified', 'link']

function withoutBody({ status, headers }: RawAnswer, method: string): string {
  const names = ['location', ...(method === 'HEAD' ? HEAD_HEADERS : [])]
  const lines = names.flatMap((name) => {
    const value = headers.get(name)
    return value === null ? [] : [`${name}: ${value}`]
  })
  return lines.length > 0 ? [`HTTP ${status}`, ...lines].join('\n') : 'No content'
}

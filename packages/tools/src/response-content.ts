import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { encodeBase64 } from './base64.ts'
import { decodeText, type ReceivedResponse, readMediaType } from './read-response.ts'

/**
 * Builds the result of a tool from a response: text unchanged, images and audio as such, other bytes as a resource.
 *
 * @param uri - The URI of the resource.
 */
export function buildContent(response: ReceivedResponse, method: string, uri: string): CallToolResult {
  const { headers, bytes } = response
  if (bytes.length === 0) return { content: [{ type: 'text', text: describeEmpty(response, method) }] }
  const text = decodeText(response)
  if (text !== undefined) return { content: [{ type: 'text', text }] }
  const mimeType = readMediaType(headers) || 'application/octet-stream'
  const data = encodeBase64(bytes)
  if (mimeType.startsWith('image/')) return { content: [{ type: 'image', data, mimeType }] }
  if (mimeType.startsWith('audio/')) return { content: [{ type: 'audio', data, mimeType }] }
  return { content: [{ type: 'resource', resource: { uri, mimeType, blob: data } }] }
}

/** The headers that the result of a HEAD request contains. Headers with credentials, such as `set-cookie`, are left out. */
const HEAD_HEADERS = ['content-type', 'content-length', 'etag', 'last-modified', 'link']

function describeEmpty({ status, headers }: ReceivedResponse, method: string): string {
  const names = ['location', ...(method === 'HEAD' ? HEAD_HEADERS : [])]
  const lines = names.flatMap((name) => {
    const value = headers.get(name)
    return value === null ? [] : [`${name}: ${value}`]
  })
  return lines.length > 0 ? [`HTTP ${status}`, ...lines].join('\n') : 'No content'
}

import { isObject } from './objects.ts'
import { type OpenApiDocument, resolve, UnusablePart } from './openapi-document.ts'

/**
 * Reads the `Accept` header of an operation: the media types of its successful responses, JSON first. Returns undefined if
 * the document names none.
 */
export function readAccept(document: OpenApiDocument, responses: unknown): string | undefined {
  const types = new Set<string>()
  for (const [status, response] of Object.entries(isObject(responses) ? responses : {})) {
    if (!/^(?:2..|default)$/i.test(status)) continue
    for (const type of listTypes(document, response)) types.add(type)
  }
  const sorted = [...types].sort((a, b) => rank(a) - rank(b))
  return sorted.length > 0 ? sorted.join(', ') : undefined
}

const rank = (type: string): number => (/[/+]json\b/i.test(type) ? 0 : type.includes('*') ? 2 : 1)

function listTypes(document: OpenApiDocument, response: unknown): string[] {
  try {
    const { content } = resolve(document, response)
    return Object.keys(isObject(content) ? content : {}).filter((type) =>
      /^[\w!#$&^.+*-]+\/[\w!#$&^.+*-]+(\s*;[\x20-\x7e]*)?$/.test(type),
    )
  } catch (error) {
    // The call can be made without knowing the response.
    if (error instanceof UnusablePart) return []
    throw error
  }
}

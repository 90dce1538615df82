import { isObject } from './objects.ts'
import { type OpenApiDocument, resolve, UnusablePart } from './openapi-document.ts'

/**
 * The `Accept` of an operation: the media types of its successful answers, JSON first; undefined where the
 * document names none.
 */
export function readAccept(document: OpenApiDocument, responses: unknown): string | undefined {
  const types = new Set<string>()
  for (const [status, response] of Object.entries(isObject(responses) ? responses : {})) {
    if (!/^(?:2..|default)$/i.test(status)) continue
    for (const type of typesOf(document, response)) types.add(type)
  }
  const sorted = [...types].sort((a, b) => rankOf(a) - rankOf(b))
  return sorted.length > 0 ? sorted.join(', ') : undefined
}

const rankOf = (type: string): number => (/[/+]json\b/i.test(type) ? 0 : type.includes('*') ? 2 : 1)

function typesOf(document: OpenApiDocument, response: unknown): string[] {
  try {
    const { content } = resolve(document, response)
    return Object.keys(isObject(content) ? content : {}).filter((type) =>
      /^[\w!#$&^.+*-]+\/[\w!#$&^.+*-]+(\s*;[\x20-\x7e]*)?$/.test(type),
    )
  } catch (error) {
    // what an answer looks like is not needed to make the call
    if (error instanceof UnusablePart) return []
    throw error
  }
}

import type { OpenApiDocument } from './openapi-document.ts'

const MOST_PRINTED = 20

const said = new WeakMap<OpenApiDocument, Set<string>>()

/**
 * Tells a developer what could not be used of a document, once a document: tools are registered with each
 * request. Without a listener it prints, and stops at twenty messages.
 */
export function reportOnce(
  document: OpenApiDocument,
  onerror: ((problem: Error) => void) | undefined,
): (problem: string) => void {
  const known = said.get(document) ?? new Set<string>()
  said.set(document, known)
  return (problem) => {
    if (known.has(problem)) return
    known.add(problem)
    const message = `registerOpenApiTools: ${problem}`
    if (onerror) onerror(new TypeError(message))
    else if (known.size <= MOST_PRINTED) console.warn(message)
    else if (known.size === MOST_PRINTED + 1)
      console.warn('registerOpenApiTools: further problems go to onerror alone')
  }
}

import type { OpenApiDocument } from './openapi-document.ts'

const MAX_PRINTED = 20

const reportedByDocument = new WeakMap<OpenApiDocument, Set<string>>()

/**
 * Creates a function that reports the unusable parts of a document. Each problem is reported once per document, since tools
 * are registered for every request. Without `onerror` it prints to the console, at most twenty messages.
 */
export function createReport(
  document: OpenApiDocument,
  onerror: ((problem: Error) => void) | undefined,
): (problem: string) => void {
  const reported = reportedByDocument.get(document) ?? new Set<string>()
  reportedByDocument.set(document, reported)
  return (problem) => {
    if (reported.has(problem)) return
    reported.add(problem)
    const message = `registerOpenApiTools: ${problem}`
    if (onerror) onerror(new TypeError(message))
    else if (reported.size <= MAX_PRINTED) console.warn(message)
    else if (reported.size === MAX_PRINTED + 1)
      console.warn('registerOpenApiTools: there are further problems; set onerror to get all of them')
  }
}

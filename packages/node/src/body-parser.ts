import { isUtf8 } from 'node:buffer'
import { Refusal } from '@portico-mcp/core'

/**
 * What a framework's body parser threw, as the refusal that a handler would have thrown over the same body.
 *
 * @param error - Counts by its `status` or `statusCode`: 400, 413 or 415.
 * @returns undefined for any other error.
 */
export function bodyParserRefusal(error: unknown): Refusal | undefined {
  if (!(error instanceof Error)) return undefined
  const { status, statusCode } = error as { status?: unknown; statusCode?: unknown }
  switch (status ?? statusCode) {
    case 400:
      return new Refusal('parse-error', 'The body is not JSON', { cause: error })
    case 413:
      return new Refusal('body-too-large', 'The body is too large', { cause: error })
    case 415:
      return new Refusal('unsupported-media-type', 'Content-Type must be application/json', { cause: error })
    default:
      return undefined
  }
}

/**
 * Rejects a JSON body that is not UTF-8 (RFC 8259 section 8.1). Parsers of frameworks replace its invalid bytes.
 *
 * @param body - The bytes of the body.
 * @throws SyntaxError with `status` 400, for which {@link bodyParserRefusal} has a refusal.
 */
export function checkUtf8(body: Uint8Array): void {
  if (!isUtf8(body)) throw Object.assign(new SyntaxError('The body is not UTF-8'), { status: 400 })
}

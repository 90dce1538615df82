import { errorResponse, Refusal } from '@portico-mcp/core'
import type { Integration, LambdaHttpEvent } from './event.ts'
import { type LambdaHttpResult, toResult } from './to-result.ts'

const MB = 1024 * 1024

/**
 * Replaces a result that exceeds the limit of Lambda (6 MB) or of a load balancer (1 MB) by an error with the same
 * JSON-RPC id.
 */
export async function limitResultSize(
  result: LambdaHttpResult,
  event: LambdaHttpEvent,
  integration: Integration | undefined,
  onerror: (error: unknown) => void,
): Promise<LambdaHttpResult> {
  const maxBytes = integration === 'load-balancer' ? MB : 6 * MB
  if (!isLarger(result, maxBytes)) return result
  const refusal = new Refusal(
    'answer-too-large',
    `The answer exceeds the ${maxBytes} bytes that can be sent without streaming`,
  )
  onerror(refusal)
  return toResult(errorResponse(refusal, readId(result)), event, integration)
}

// A character takes at most six bytes of JSON, so small results need no exact measurement.
const isLarger = (result: LambdaHttpResult, most: number): boolean =>
  result.body.length * 6 > most - 100_000 && Buffer.byteLength(JSON.stringify(result)) > most

function readId({ body }: LambdaHttpResult): string | number | undefined {
  try {
    const { id } = JSON.parse(body) as { id?: unknown }
    return typeof id === 'string' || typeof id === 'number' ? id : undefined
  } catch {
    return undefined
  }
}

import { errorResponse, Refusal } from '@portico-mcp/core'
import type { Front, LambdaHttpEvent } from './event.ts'
import { type LambdaHttpResult, toResult } from './to-result.ts'

const MB = 1024 * 1024

/**
 * A result that Lambda, and a load balancer, take: what is too large becomes a refusal with the id that it
 * had.
 */
export async function fit(
  result: LambdaHttpResult,
  event: LambdaHttpEvent,
  front: Front | undefined,
  onerror: (error: unknown) => void,
): Promise<LambdaHttpResult> {
  const most = front === 'load-balancer' ? MB : 6 * MB
  if (!isLarger(result, most)) return result
  const refusal = new Refusal(
    'answer-too-large',
    `The answer is larger than the ${most} bytes that can be sent at once`,
  )
  onerror(refusal)
  return toResult(errorResponse(refusal, idOf(result)), event, front)
}

// a character takes six bytes at most
const isLarger = (result: LambdaHttpResult, most: number): boolean =>
  result.body.length * 6 > most - 100_000 && Buffer.byteLength(JSON.stringify(result)) > most

function idOf({ body }: LambdaHttpResult): string | number | undefined {
  try {
    const { id } = JSON.parse(body) as { id?: unknown }
    return typeof id === 'string' || typeof id === 'number' ? id : undefined
  } catch {
    return undefined
  }
}

import { errorResponse, type FetchHandler, Refusal } from '@portico-mcp/core'
import { clientAddressOf, type Front, frontOf, type LambdaHttpEvent } from './event.ts'
import { fit } from './fit.ts'
import { limitOf, type Settings } from './options.ts'
import { type LambdaContext, startTimeLimit, type TimeLimit } from './time-limit.ts'
import { toRequest } from './to-request.ts'
import { type LambdaHttpResult, toResult } from './to-result.ts'

/** Has the handler answer the request that an event is; what goes wrong is an answer too. */
export async function answer(
  handler: FetchHandler,
  event: LambdaHttpEvent,
  front: Front | undefined,
  streaming: boolean,
  { signal, over }: TimeLimit,
  { authInfo: authInfoOf, basePath, onerror }: Settings,
): Promise<Response> {
  const ask = async (): Promise<Response> => {
    if (!front) throw notHttp()
    const request = toRequest(event, front, signal, basePath)
    const authInfo = authInfoOf?.(event)
    const clientAddress = clientAddressOf(event, request.headers)
    return handler.fetch(request, {
      streaming,
      ...(authInfo && { authInfo }),
      ...(clientAddress !== undefined && { clientAddress }),
    })
  }
  try {
    return await Promise.race([ask(), over])
  } catch (error) {
    onerror(error)
    return errorResponse(error)
  }
}

const notHttp = (): Refusal =>
  new Refusal(
    'invalid-request',
    'The event is no HTTP request of API Gateway, a function URL or a load balancer',
  )

/** Answers an event with one result. */
export async function answerWhole(
  handler: FetchHandler,
  event: LambdaHttpEvent,
  context: LambdaContext | undefined,
  settings: Settings,
): Promise<LambdaHttpResult> {
  const front = frontOf(event)
  const limit = startTimeLimit(limitOf(settings, context, front, false), settings.reserveMs)
  try {
    const response = await answer(handler, event, front, false, limit, settings)
    const result = await Promise.race([toResult(response, event, front), limit.over])
    return await fit(result, event, front, settings.onerror)
  } catch (error) {
    settings.onerror(error)
    return toResult(errorResponse(error), event, front)
  } finally {
    limit.clear()
  }
}

import { errorResponse, type FetchHandler, Refusal } from '@portico-mcp/core'
import { detectIntegration, type Integration, type LambdaHttpEvent, readClientAddress } from './event.ts'
import { limitResultSize } from './limit-result-size.ts'
import { computeLimitMs, type Settings } from './options.ts'
import { type LambdaContext, startTimeLimit, type TimeLimit } from './time-limit.ts'
import { toRequest } from './to-request.ts'
import { type LambdaHttpResult, toResult } from './to-result.ts'

/** Passes the request of an event to the handler. Errors and an expired time limit are turned into a response. */
export async function handleEvent(
  handler: FetchHandler,
  event: LambdaHttpEvent,
  integration: Integration | undefined,
  streaming: boolean,
  { signal, over }: TimeLimit,
  { authInfo: authInfoOf, basePath, onerror }: Settings,
): Promise<Response> {
  const ask = async (): Promise<Response> => {
    if (!integration) throw notHttpEvent()
    const request = toRequest(event, integration, signal, basePath)
    const authInfo = authInfoOf?.(event)
    const clientAddress = readClientAddress(event, request.headers)
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

const notHttpEvent = (): Refusal =>
  new Refusal(
    'invalid-request',
    'The event is not an HTTP request of API Gateway, a function URL or a load balancer',
  )

/** Answers an event with a result that is complete before it is sent. */
export async function handleBufferedEvent(
  handler: FetchHandler,
  event: LambdaHttpEvent,
  context: LambdaContext | undefined,
  settings: Settings,
): Promise<LambdaHttpResult> {
  const integration = detectIntegration(event)
  const limit = startTimeLimit(computeLimitMs(settings, context, integration, false), settings.reserveMs)
  try {
    const response = await handleEvent(handler, event, integration, false, limit, settings)
    const result = await Promise.race([toResult(response, event, integration), limit.over])
    return await limitResultSize(result, event, integration, settings.onerror)
  } catch (error) {
    settings.onerror(error)
    return toResult(errorResponse(error), event, integration)
  } finally {
    limit.clear()
  }
}

import type { AuthInfo } from '@portico-mcp/auth'
import { errorResponse, type McpHandlerRequestOptions, Refusal } from '@portico-mcp/core'
import { toNodeHandler, toWebRequestHead } from '@portico-mcp/node'
import type { Request, RequestHandler, Response as ServerResponse } from 'express'

declare global {
  namespace Express {
    interface Request {
      /** The verified identity, as `requireBearerAuth` found it. */
      auth?: AuthInfo
    }
  }
}

/** Looks at a request without its body: a `Response` refuses or answers it. */
export type RequestCheck = (
  request: globalThis.Request,
  options: McpHandlerRequestOptions,
  res: ServerResponse,
) => Response | undefined | Promise<Response | undefined>

/** A check as middleware: what it answers is sent, all else goes on. */
export function toMiddleware(check: RequestCheck): RequestHandler {
  return (req, res, next) => {
    const answered = async (): Promise<boolean> => {
      const answer = await answerOf(check, req, res)
      if (answer) await toNodeHandler({ fetch: () => answer })(req, res)
      return answer !== undefined
    }
    answered().then((isAnswered) => isAnswered || next(), next)
  }
}

async function answerOf(
  check: RequestCheck,
  req: Request,
  res: ServerResponse,
): Promise<Response | undefined> {
  try {
    return await check(toWebRequestHead(req), optionsOf(req), res)
  } catch (error) {
    if (error instanceof Refusal) return errorResponse(error)
    throw error
  }
}

function optionsOf({ auth, body, socket }: Request): McpHandlerRequestOptions {
  return {
    ...(socket.remoteAddress !== undefined && { clientAddress: socket.remoteAddress }),
    ...(auth !== undefined && { authInfo: auth }),
    ...(body !== undefined && { parsedBody: body }),
  }
}

import { type AuthInfo, runWithAuth } from '@portico-mcp/auth'
import { type Check, runCheck } from '@portico-mcp/core/internal'
import { readRequestOptions, toNodeHandler, toWebRequestHead } from '@portico-mcp/node'
import type { RequestHandler } from 'express'

declare global {
  namespace Express {
    interface Request {
      /** The verified identity, set by `requireBearerAuth`. */
      auth?: AuthInfo
    }
  }
}

/** Turns a check into middleware: sends the check's response, or calls the next middleware as the verified caller. */
export function toMiddleware(check: Check): RequestHandler {
  return async (req, res, next) => {
    try {
      const options = readRequestOptions(req, { authInfo: req.auth, body: req.body })
      const {
        response,
        headers = {},
        vary = [],
        authInfo,
      } = await runCheck(check, () => toWebRequestHead(req), options)
      for (const name of vary) res.vary(name)
      res.set(headers)
      if (response) return await toNodeHandler({ fetch: () => response })(req, res)
      if (!authInfo) return next()
      req.auth = authInfo
      runWithAuth({ authInfo }, next)
    } catch (error) {
      next(error)
    }
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'

/** A request of `node:http` or `node:http2`, with the members that middleware in front may have added. */
export type NodeRequest = (IncomingMessage | Http2ServerRequest) & {
  auth?: unknown
  body?: unknown
  /** The body as Google Cloud Functions and Firebase have read it. */
  rawBody?: unknown
  /** The target that the client sent, if a framework has removed a prefix from `url`. */
  originalUrl?: string
}

/** A response of `node:http` or `node:http2`. */
export type NodeResponse = ServerResponse | Http2ServerResponse

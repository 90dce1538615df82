import type { Server } from 'node:net'
import type { ResourceMetadataOptions, VerifyBearerTokenOptions } from '@portico-mcp/auth'
import type { FetchHandler } from '@portico-mcp/core'
import type { CorsOptions, DnsRebindingProtectionOptions, RateLimitOptions } from '@portico-mcp/guard'

/** A key and a certificate, as `https.createServer` takes them. */
export interface Tls {
  key: string
  cert: string
}

/** What an app is made of; a framework builds it by its own usual means. */
export interface AppSetup {
  /** Handlers by path. */
  endpoints: Record<string, FetchHandler>
  /** What its app factory is told. */
  protection?: DnsRebindingProtectionOptions & { cors?: CorsOptions }
  /** Bytes of a body. */
  maxRequestBodySize?: number
  /** Where a sub-app with the endpoints is mounted. */
  prefix?: string
  metadata?: ResourceMetadataOptions | readonly ResourceMetadataOptions[]
  cors?: CorsOptions
  auth?: VerifyBearerTokenOptions
  rateLimit?: RateLimitOptions
  /** Whether the framework's compression stands in front. */
  compressed?: boolean
  tls?: Tls
  /** One of the framework's `plainApps`, and not Portico's app. */
  plainApp?: string
}

/** A framework under test. */
export interface Framework {
  /** Apps of the framework itself, by name, with the audits that its body parser fails before a handler runs. */
  plainApps: Record<string, readonly string[]>
  /** An app that listens on a free port of 127.0.0.1. */
  listen(setup: AppSetup): Promise<Server>
}

/** What a body parser in front answers in its own shape. */
export const ANSWERED_BY_PARSER: readonly string[] = [
  'modern/json-rpc/not-json',
  'modern/json-rpc/not-utf-8',
  'modern/json-rpc/parse-error-id',
  'legacy/messages/not-json',
  'legacy/messages/not-utf-8',
  'legacy/messages/error-shape',
]

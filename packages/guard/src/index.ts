export type { FetchHandler } from '@portico-mcp/core'
export { type DnsRebindingProtectionOptions, dnsRebindingProtection } from './dns-rebinding-protection.ts'
export { type AllowedHost, hostHeaderValidationResponse, localhostAllowedHostnames } from './host.ts'
export type { RequestLimits } from './limits.ts'
export {
  appChecks,
  appOptionRules,
  type GuardMiddleware,
  guardChecks,
  type McpAppOptions,
} from './middleware.ts'
export type { AllowedOrigin, AllowedOrigins, OriginPredicate } from './origin.ts'
export { localhostAllowedOrigins, originValidationResponse } from './origin-validation.ts'
export type { TrustProxy } from './proxy.ts'
export {
  type Bucket,
  InMemoryRateLimitStore,
  type InMemoryRateLimitStoreOptions,
  type RateLimitResult,
  type RateLimitStore,
} from './rate-limit-store.ts'
export { GuardRefusal, type GuardRefusalDetails, type GuardRefusalReason } from './refusal.ts'
export { type CorsOptions, corsHeaders, withCors } from './with-cors.ts'
export { type GuardOptions, withGuard } from './with-guard.ts'
export { type RateLimitOptions, rateLimit, withRateLimit } from './with-rate-limit.ts'

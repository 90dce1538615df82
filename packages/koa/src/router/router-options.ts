import type { CreateMcpHandlerOptions } from '@portico-mcp/core'
import { HANDLER_OPTIONS, optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import type { McpRouterOptions } from './create-mcp-router.ts'
import type { McpAuthOptions } from './router-auth.ts'

const { anyOfRules, anything, callback, listOf, objectWith, plainObject, text, texts } = optionRules

const path = {
  ...text,
  allowed: 'a path such as "/mcp"',
  isAllowed: (value: unknown) => typeof value === 'string' && value.startsWith('/'),
}

/** `createMcpHandler` checks its own options. */
const ofHandler = Object.fromEntries(HANDLER_OPTIONS.map((name) => [name, anything])) as Rules<
  keyof CreateMcpHandlerOptions
>

const RULES: Rules<keyof McpRouterOptions> = {
  ...ofHandler,
  path,
  aliases: listOf(path, 'paths such as "/"'),
  sessions: objectWith('create'),
  sessionIdGenerator: callback,
  apiBaseUrl: text,
  getApiHeaders: callback,
  getApiQuery: callback,
  headerOrigins: texts,
  auth: plainObject,
  onerror: callback,
}

const AUTH_RULES: Rules<keyof McpAuthOptions> = {
  cognitoUserPool: plainObject,
  verifyToken: callback,
  requiredScopes: texts,
  publicMethods: texts,
  resourceMetadataUrl: text,
  // variables of the environment, which may be empty
  resourceServerUrl: optionRules.string,
  authorizationServerUrl: optionRules.string,
  resourceIndicator: anyOfRules(text, texts),
  scopeHierarchy: plainObject,
  scopes: objectWith('required'),
  onerror: callback,
}

/**
 * Checks the options of `createMcpRouter`.
 *
 * @throws TypeError or RangeError that names the option, what came and what is allowed.
 */
export function checkRouterOptions(options: McpRouterOptions): void {
  validateOptions('createMcpRouter', options, RULES)
  if (options.auth) validateOptions('createMcpRouter: auth', options.auth, AUTH_RULES)
}

import type { CreateMcpHandlerOptions, LegacyTransport } from '@portico-mcp/core'
import { HANDLER_OPTIONS, optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import type { ApiHeaders, ApiQuery } from '@portico-mcp/tools'
import type { Context } from 'koa'
import type { McpAuthOptions } from './router-auth.ts'

/** Options of {@link createMcpRouter}. */
export interface McpRouterOptions extends CreateMcpHandlerOptions {
  /** Where the endpoint is. @defaultValue '/mcp' */
  path?: string | undefined
  /** Further paths of the endpoint, such as `/` for clients that know nothing but the origin. @defaultValue none */
  aliases?: readonly string[] | undefined
  /** Serves 2025-era clients with sessions, GET and DELETE too; the same as `legacy`. @defaultValue none */
  sessions?: LegacyTransport | undefined
  /** Names sessions, which are kept in memory where `sessions` does not say otherwise. @defaultValue none: no sessions */
  sessionIdGenerator?: (() => string) | undefined
  /** Where relative paths of `apiCall` are. @defaultValue none */
  apiBaseUrl?: string | undefined
  /** The headers of every `apiCall` of a request; asked once, behind the gate. @defaultValue none */
  getApiHeaders?: ((ctx: Context) => ApiHeaders | Promise<ApiHeaders>) | undefined
  /** The query parameters of every `apiCall` of a request, such as an API key. @defaultValue none */
  getApiQuery?: ((ctx: Context) => ApiQuery | Promise<ApiQuery>) | undefined
  /** Origins besides that of `apiBaseUrl` that may see these headers and parameters. @defaultValue none */
  headerOrigins?: readonly string[] | undefined
  /** Asks for bearer tokens. @defaultValue none: everyone may call */
  auth?: McpAuthOptions | undefined
}

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

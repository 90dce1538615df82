import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'

/** Options of `withTelemetry`. */
export interface TelemetryOptions {
  /**
   * Tools that have their own series and span name. All others count as `_OTHER`. @defaultValue those that a
   * `tools/list` result or a successful call has contained, up to 200
   */
  toolNames?: readonly string[] | undefined
  /**
   * Prompts that have their own series and span name. All others count as `_OTHER`. @defaultValue those that a
   * `prompts/list` result or a successful call has contained, up to 200
   */
  promptNames?: readonly string[] | undefined
  /** Methods besides those of MCP that are named. All others count as `_OTHER`. @defaultValue none */
  methodNames?: readonly string[] | undefined
  /** Whether spans have the URI of a resource that is read or subscribed to. @defaultValue false */
  recordResourceUris?: boolean | undefined
  /**
   * Whether spans have the session id itself as `mcp.session.id`. It may be enough to use the session, so the default
   * is the first 16 hexadecimal digits of its SHA-256. @defaultValue false
   */
  recordSessionIds?: boolean | undefined
  /** Milliseconds without a request after which a session counts as ended. @defaultValue 3600000 */
  sessionIdleTimeoutMs?: number | undefined
  /**
   * Bytes of a request body that are read. A larger body is passed on unread, and gets no spans.
   * @defaultValue 4194304
   */
  maxRequestBodySize?: number | undefined
}

/** The options with their defaults. */
export type Settings = Required<Omit<TelemetryOptions, 'toolNames' | 'promptNames'>> &
  Pick<TelemetryOptions, 'toolNames' | 'promptNames'>

const RULES: Rules<keyof TelemetryOptions> = {
  toolNames: optionRules.texts,
  promptNames: optionRules.texts,
  methodNames: optionRules.texts,
  recordResourceUris: optionRules.flag,
  recordSessionIds: optionRules.flag,
  sessionIdleTimeoutMs: optionRules.positive('milliseconds'),
  maxRequestBodySize: optionRules.positive('bytes'),
}

/**
 * Reads the options of `withTelemetry`.
 *
 * @throws TypeError for an unknown option or a value of the wrong type, RangeError for a number that is not positive.
 */
export function readOptions(options: TelemetryOptions): Settings {
  validateOptions('withTelemetry', options, RULES)
  const { toolNames, promptNames, methodNames = [] } = options
  const { recordResourceUris = false, recordSessionIds = false } = options
  const { sessionIdleTimeoutMs = 3_600_000, maxRequestBodySize = 4 * 1024 * 1024 } = options
  return {
    toolNames,
    promptNames,
    methodNames,
    recordResourceUris,
    recordSessionIds,
    sessionIdleTimeoutMs,
    maxRequestBodySize,
  }
}

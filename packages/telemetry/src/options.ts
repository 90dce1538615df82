import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'

/** Options of `withTelemetry`. */
export interface TelemetryOptions {
  /**
   * The tools that have a series and a span name of their own; any other counts as `_OTHER`. @defaultValue
   * those that `tools/list` or a successful call has shown, up to 200
   */
  toolNames?: readonly string[] | undefined
  /**
   * The prompts that have a series and a span name of their own; any other counts as `_OTHER`. @defaultValue
   * those that `prompts/list` or a successful call has shown, up to 200
   */
  promptNames?: readonly string[] | undefined
  /** Methods besides those of MCP that are named; any other counts as `_OTHER`. @defaultValue none */
  methodNames?: readonly string[] | undefined
  /** Records the URI of a resource that is read or subscribed to on the span. @defaultValue false */
  recordResourceUris?: boolean | undefined
  /**
   * Records `mcp.session.id` as it is. Whoever knows it may be able to use the session, so unless told
   * otherwise it is recorded as the first 16 hexadecimal digits of its SHA-256. @defaultValue false
   */
  recordSessionIds?: boolean | undefined
  /** Milliseconds after which a session that nobody uses counts as over. @defaultValue 3600000 */
  sessionIdleTimeoutMs?: number | undefined
  /**
   * Bytes of a request body that are read to see what it asks; a larger one is handed on unseen.
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

/** Options of {@link telemetry}. */
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

/** @throws RangeError for a number that is not positive. */
export function readOptions(options: TelemetryOptions): Settings {
  const { toolNames, promptNames, methodNames = [] } = options
  const { recordResourceUris = false, recordSessionIds = false } = options
  const { sessionIdleTimeoutMs = 3_600_000, maxRequestBodySize = 4 * 1024 * 1024 } = options
  for (const [name, value] of Object.entries({ sessionIdleTimeoutMs, maxRequestBodySize })) {
    if (!(value > 0)) throw new RangeError(`withTelemetry: ${name} must be a number greater than 0`)
  }
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

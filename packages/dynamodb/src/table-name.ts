/** The table of sessions: what is given, what the environment says, or the name that it has anyway. */
export const sessionsTableName = (given?: string): string =>
  given || process.env.DYNAMODB_TABLE_NAME || 'mcp-sessions'

/** The table of events: unless told otherwise, named after the one of sessions. */
export const eventsTableName = (given?: string): string =>
  given || process.env.DYNAMODB_EVENTS_TABLE_NAME || `${sessionsTableName()}-events`

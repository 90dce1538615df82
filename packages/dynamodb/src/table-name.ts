/** Returns the name of the table of sessions: the option, the environment variable, or the default. */
export const sessionsTableName = (given?: string): string =>
  given || process.env.DYNAMODB_TABLE_NAME || 'mcp-sessions'

/**
 * Returns the name of the table of events: the option, the environment variable, or one derived from the table of
 * sessions.
 */
export const eventsTableName = (given?: string): string =>
  given || process.env.DYNAMODB_EVENTS_TABLE_NAME || `${sessionsTableName()}-events`

/** Returns the name of the table of tasks: the option, the environment variable, or the default. */
export const tasksTableName = (given?: string): string =>
  given || process.env.DYNAMODB_TASKS_TABLE_NAME || 'mcp-tasks'

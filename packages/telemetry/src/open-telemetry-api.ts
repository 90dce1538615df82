/** The module `@opentelemetry/api`. */
export type OpenTelemetry = typeof import('@opentelemetry/api')

/** Loads `@opentelemetry/api`, an optional peer. Resolves to undefined if it is not installed. */
export async function loadOpenTelemetry(): Promise<OpenTelemetry | undefined> {
  try {
    return await import('@opentelemetry/api')
  } catch {
    return undefined
  }
}

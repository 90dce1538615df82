import type { JsonValue } from '@portico-mcp/sessions'

/** A user who has signed in. */
export interface User {
  /** The permanent and unique id of the user. It is the claim `sub` of access tokens. */
  sub: string
  /** Further claims of access tokens, such as `name` and `email`. @defaultValue none */
  claims?: Record<string, JsonValue> | undefined
}

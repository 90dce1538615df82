import type { JsonValue } from '@portico-mcp/sessions'

/** A user who has signed in. */
export interface User {
  /** Identifies this user among all others, permanently; the claim `sub` of access tokens. */
  sub: string
  /** Further claims of access tokens, such as `name` and `email`. */
  claims?: Record<string, JsonValue> | undefined
}

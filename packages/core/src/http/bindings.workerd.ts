import * as workers from 'cloudflare:workers'

// Versions of workerd before March 2025 do not have `env`, so it is not imported by name.
const { env } = workers as { env?: Record<string, unknown> }

/**
 * Whether an object is the bindings of this Worker, or a copy of them. The platform passes another object than the one
 * that it exports, with the same members.
 */
export function areBindings(given: object): boolean {
  if (!env) return false
  const members = Object.entries(given)
  return members.length === Object.keys(env).length && members.every(([name, value]) => value === env[name])
}

import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import { isObject } from './json-rpc.ts'

/** Who a caller is, whatever token it comes with; the same for every anonymous caller. */
export function principalOf(authInfo: AuthInfo | undefined): string {
  if (!authInfo) return ''
  const { clientId, extra } = authInfo
  const { iss, sub } = (isObject(extra?.claims) ? extra.claims : extra) ?? {}
  return JSON.stringify([iss, sub, clientId])
}

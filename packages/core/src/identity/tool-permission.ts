import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'

/**
 * Whether a caller may use a tool.
 *
 * @param http - The request that is refused if not; undefined for one of several tools, which is left out then.
 */
export type ToolPermission = (tool: string, http: Request | undefined) => boolean

const permissions = new WeakMap<AuthInfo, ToolPermission>()

/**
 * Sets which tools a caller may use, for requests that name no tool but concern the call of one, such as `tasks/get`.
 * What stands in front of the handler sets it, and the extension that knows the tool asks.
 */
export const setToolPermission = (authInfo: AuthInfo, permission: ToolPermission): void =>
  void permissions.set(authInfo, permission)

/** Whether a caller may use a tool, as far as what stands in front of the handler says. */
export const mayUseTool = (authInfo: AuthInfo | undefined, tool: string, http?: Request): boolean =>
  !authInfo || (permissions.get(authInfo)?.(tool, http) ?? true)

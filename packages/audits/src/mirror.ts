import { type Audit, must } from './audit.ts'
import { callTool } from './call.ts'
import type { Client } from './client.ts'
import { expectEqual, getError, getText, getToolResult } from './expect.ts'
import type { Changes } from './protocol.ts'
import type { Json, Reply } from './reply.ts'

type Id = `modern/param-headers/${string}`

/** Calls the tool whose arguments are mirrored into headers. */
export function mirror(client: Client, args: Json, headers: Changes<string>): Promise<Reply> {
  return callTool(client, 'audit_mirror', args, { headers })
}

/** Arguments and headers that agree. */
export function takes(id: Id, section: string, title: string, args: Json, headers: Changes<string>): Audit {
  return must(id, section, title, async (client) => {
    const result = getToolResult(await mirror(client, args, headers))
    expectEqual(JSON.parse(getText(result)), args, 'the arguments')
  })
}

/** Arguments and headers that do not. */
export function refuses(id: Id, section: string, title: string, args: Json, headers: Changes<string>): Audit {
  return must(id, section, title, async (client) => {
    getError(await mirror(client, args, headers), 400, -32020)
  })
}

import type { Client } from '@modelcontextprotocol/client'
import { callTool } from './stdio.ts'

/** Returns the id of the process that serves a client of the fixture. */
export const pidOf = async (client: Client): Promise<number> => JSON.parse(await callTool(client, 'who')).pid

/** Whether a process runs. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

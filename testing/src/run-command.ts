import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Runs a command that an example tells people to try, and reads the JSON that it prints. */
export async function runCommand(command: string): Promise<any> {
  const { stdout } = await promisify(execFile)('sh', ['-c', command])
  return JSON.parse(stdout)
}

/** Whether children get a process group each, which Windows does not have. */
export const HAS_GROUPS: boolean = process.platform !== 'win32'

/** Sends a signal to all processes of a group; on Windows to its first process. A group that has ended is left alone. */
export function signalGroup(id: number, signal: NodeJS.Signals): void {
  try {
    process.kill(HAS_GROUPS ? -id : id, signal)
  } catch {
    // It has ended.
  }
}

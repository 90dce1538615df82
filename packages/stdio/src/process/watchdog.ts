import { type ChildProcess, spawn } from 'node:child_process'
import type { Writable } from 'node:stream'
import { signalGroup } from './process-group.ts'

/**
 * Reads the ids of process groups, and ends those that are left when its input ends. That is when the process that
 * writes to it has ended, for whatever reason, SIGKILL included. A shell needs 1 MB of memory, where Node needs 40.
 */
const SCRIPT = `
trap '' HUP INT TERM
groups=
while read -r change id; do
  case $change in
    +) groups="$groups $id" ;;
    -)
      rest=
      for one in $groups; do [ "$one" = "$id" ] || rest="$rest $one"; done
      groups=$rest
      ;;
  esac
done
[ -n "$groups" ] || exit 0
sleep 1
for one in $groups; do kill -s TERM -- "-$one"; done 2>/dev/null
sleep 1
for one in $groups; do kill -s KILL -- "-$one"; done 2>/dev/null
`

const running = new Set<number>()
let shell: ChildProcess | undefined
let isListening = false

/** Makes sure that a process group does not outlive this process. */
export function watchGroup(id: number): void {
  running.add(id)
  if (!isListening) process.on('exit', endAll)
  isListening = true
  if (process.platform === 'win32') return
  shell ??= startShell()
  write(shell, `+ ${id}\n`)
}

/** Forgets a process group that has ended. */
export function forgetGroup(id: number): void {
  if (!running.delete(id)) return
  if (shell) write(shell, `- ${id}\n`)
  if (running.size > 0) return
  shell?.stdin?.end()
  shell = undefined
  process.off('exit', endAll)
  isListening = false
}

function endAll(): void {
  for (const id of running) signalGroup(id, 'SIGTERM')
}

// It has a process group of its own, which a signal to the group of this process (Ctrl+C in a terminal) does not reach.
function startShell(): ChildProcess {
  const started = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  // Without a shell, children end when their standard input does, and at the `exit` of this process.
  started.on('error', () => {})
  started.stdin.on('error', () => {})
  started.unref()
  ;(started.stdin as Writable & { unref?(): void }).unref?.()
  return started
}

function write({ stdin }: ChildProcess, line: string): void {
  if (stdin?.writable) stdin.write(line)
}

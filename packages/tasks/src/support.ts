import type { ExtensionCall } from '@portico-mcp/core'
import { isPromise } from '@portico-mcp/core/internal'
import type { Engine } from './engine.ts'

/** How the calls of a tool are run. */
export interface Support {
  /** `promoted`: as tasks where they take long. */
  readonly level: 'forbidden' | 'optional' | 'required' | 'promoted'
  /** Whether the server has tasks of its own for the tool. */
  readonly isOwn: boolean
  readonly ttlMs: number
  readonly pollIntervalMs: number
}

/** Reads how the calls of a tool are run: by the rules, otherwise as the tool was registered. */
export function readSupport(
  engine: Engine,
  call: Pick<ExtensionCall, 'message' | 'readTaskSupport'>,
): Support | Promise<Support> {
  const { settings } = engine
  const rule = engine.findRule(String(call.message.params?.name))
  const { ttlMs = settings.ttlMs, pollIntervalMs = settings.pollIntervalMs } = rule ?? {}
  if (rule?.support) return { level: rule.support, isOwn: false, ttlMs, pollIntervalMs }
  const registered = call.readTaskSupport()
  const decide = ({ taskSupport, isOwn }: Awaited<typeof registered>): Support => {
    const isPromoted = taskSupport === 'forbidden' && settings.promoteAfterMs !== undefined
    return { level: isPromoted ? 'promoted' : taskSupport, isOwn, ttlMs, pollIntervalMs }
  }
  return isPromise(registered) ? registered.then(decide) : decide(registered)
}

import { sha256 } from '@portico-mcp/core/internal'
import type { StdioSettings } from '../options.ts'
import type { Launch } from '../pool/launch.ts'
import { type ChildCommand, ChildTransport } from './child-transport.ts'
import { buildEnvironment } from './environment.ts'
import { createRedaction } from './redact.ts'

/** Describes how a process is started. */
export function createChildLaunch(settings: StdioSettings): Launch {
  const { command, args, cwd } = settings
  const env = buildEnvironment(settings.env, settings.inheritEnv)
  const started: ChildCommand = { command, args, cwd, env }
  const redact = createRedaction(env)
  return {
    key: sha256(JSON.stringify(started)),
    name: command,
    discovers: false,
    createTransport: () =>
      new ChildTransport(started, {
        ...settings,
        redact,
        onstderr: (text, pid) => settings.onstderr({ text, command, pid }),
      }),
  }
}

import { parseArgs } from 'node:util'
import { CreateError } from './create-error.ts'
import { type CreateOptions, RUNTIMES, type Runtime } from './create-project.ts'

/** The help of the command. */
export const USAGE: string = `npm create portico@latest [folder] -- [options]

Writes an MCP server in TypeScript with one tool, a test, and what its runtime needs.

  folder                  where to write it (default: my-mcp-server)
  --runtime <runtime>     ${RUNTIMES.join(', ')} (default: node)
  --sign-in               callers sign in at an OpenID provider
  --help, --version
`

/** What a command line asks for. */
export interface Arguments extends CreateOptions {
  folder: string
  wants: 'project' | 'help' | 'version'
}

/** @throws CreateError that names the option or value, and what is allowed. */
export function parseArguments(args: string[]): Arguments {
  const { values, positionals } = parse(args)
  if (positionals.length > 1) {
    throw new CreateError('option-unknown', `One folder is expected (got ${positionals.join(', ')})`)
  }
  const { runtime = 'node' } = values
  if (!RUNTIMES.includes(runtime as Runtime)) {
    const allowed = RUNTIMES.join(', ')
    throw new CreateError('option-invalid', `--runtime must be one of ${allowed} (got ${runtime})`)
  }
  return {
    folder: positionals[0] ?? 'my-mcp-server',
    runtime: runtime as Runtime,
    signIn: values['sign-in'],
    wants: values.help ? 'help' : values.version ? 'version' : 'project',
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        runtime: { type: 'string' },
        'sign-in': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    })
  } catch (error) {
    throw new CreateError('option-unknown', `${(error as Error).message}. --help lists the options`)
  }
}

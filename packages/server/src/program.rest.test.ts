import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { connectModern, officialClients } from '@portico-example/testing/examples'
import { describe, expect, it, onTestFinished } from 'vitest'
import { run, toolsAt, urlOf, useFolder, write } from './testing/command.ts'
import { startIssuer } from './testing/issuer.ts'
import { openDashboard } from './testing/open-dashboard.ts'
import { initialize, post } from './testing/serve.ts'

useFolder()

const { resolve } = createRequire(import.meta.url)
const EVERYTHING = join(
  dirname(resolve('@modelcontextprotocol/server-everything/package.json')),
  'dist/index.js',
)

/** A program with a tool of a name, which returns a variable of its environment. */
const program = (tool: string) => `
  import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
  import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
  import { z } from 'zod'
  const server = new McpServer({ name: 'program', version: '1.0.0' })
  server.registerTool(${JSON.stringify(tool)}, { inputSchema: { name: z.string() } }, async ({ name }) => ({
    content: [{ type: 'text', text: String(process.env[name]) + ' in ' + process.cwd() }],
  }))
  await server.connect(new StdioServerTransport())
`

async function read(url: string, name: string): Promise<string> {
  const client = await connectModern(url)
  const { content } = await client.callTool({ name: 'read', arguments: { name } })
  await client.close()
  return (content as { text: string }[])[0]!.text
}

/** Returns whether a process lives. */
function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('a program after --', () => {
  it('is served in both eras, with sessions and the dashboard, and ends with the command', async () => {
    const started = run(['-p', '0', '--', 'node', EVERYTHING])
    const url = await urlOf(started)
    const modern = await connectModern(url)
    const { tools } = await modern.listTools()
    expect(tools.map(({ name }) => name)).toContain('echo')
    const echo = { name: 'echo', arguments: { message: 'hello' } }
    const content = [{ type: 'text', text: 'Echo: hello' }]
    expect(await modern.callTool(echo)).toMatchObject({ content })
    await modern.close()

    const legacy = await officialClients['1.x']!(url)
    expect(await legacy.callTool(echo)).toMatchObject({ content })
    expect(await (await fetch(new URL('/health', url))).json()).toMatchObject({
      mode: 'stateful',
      activeSessions: 1,
    })
    await legacy.close()

    const [, address] = await started.prints(/^Open (\S+) in a browser\n/m)
    const page = await fetch(new URL('/', address), {
      headers: { accept: 'text/html', cookie: await openDashboard(address) },
    })
    expect(await page.text()).toContain('Portico dashboard')
    started.kill('SIGTERM')
    expect(await started.ended).toBe(0)
  })

  it('gets the variables and the folder that are named, and no others', async () => {
    write('folder/program.mjs', program('read'))
    const args = ['--env', 'PASSED', '--env=SET=here', '--cwd', 'folder', '--', 'node', 'program.mjs']
    const url = await urlOf(run(['-p', '0', ...args], { PASSED: 'along', KEPT: 'back' }))
    expect(await read(url, 'PASSED')).toMatch(/^along in .*\/folder$/)
    expect(await read(url, 'SET')).toMatch(/^here /)
    expect(await read(url, 'KEPT')).toMatch(/^undefined /)
  })

  it('fails the command if it does not answer, with what it has written', async () => {
    const code = `console.error('API_KEY is not set'); process.exitCode = 3`
    const started = run(['-p', '0', '--', 'node', '-e', code])
    expect(await started.ended).toBe(1)
    expect(started.stderr()).toMatch(
      /The command cannot be served: .*exit code 3[\s\S]*API_KEY is not set\n\[program-failed\]\n$/,
    )
    expect(started.stderr()).not.toContain('    at ')
  })

  it('fails the command if there is no such program', async () => {
    const started = run(['-p', '0', '--', 'no-such-program'])
    expect(await started.ended).toBe(1)
    expect(started.stderr()).toMatch(/The command cannot be served: .*no-such-program.*ENOENT/)
  })

  it('does not outlive the command, however that ends', async () => {
    write('pid.mjs', `console.error('pid ' + process.pid)\n${program('read')}`)
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const started = run(['-p', '0', '--', 'node', 'pid.mjs'])
      await toolsAt(await urlOf(started))
      const [, pid] = /pid (\d+)/.exec(started.stderr()) ?? []
      expect(lives(Number(pid))).toBe(true)
      started.kill(signal)
      await started.ended
      await expect.poll(() => lives(Number(pid))).toBe(false)
    }
  })

  it('is started again when a file among its arguments changes', { timeout: 120_000 }, async () => {
    const name = write('watched-program.mjs', program('before'))
    const started = run(['-wp', '0', '--', 'node', name])
    expect(await toolsAt(await urlOf(started))).toEqual(['before'])
    write(name, program('after'))
    const [, url] = await started.prints(/MCP at [\s\S]*MCP at (\S+)\n/)
    expect(await toolsAt(url!)).toEqual(['after'])
    started.kill('SIGTERM')
    expect(await started.ended).toBe(0)
  })
})

describe('programs in a file of servers', () => {
  it('get the variables that it names, run in its folder, and one that fails keeps no other back', async () => {
    write('servers/program.mjs', program('read'))
    const file = write(
      'servers/mcp.json',
      JSON.stringify({
        mcpServers: {
          // biome-ignore lint/suspicious/noTemplateCurlyInString: what the file contains
          good: { command: 'node', args: ['program.mjs'], env: { TOKEN: '${SECRET_TOKEN}' } },
          bad: { command: 'node', args: ['-e', 'process.exit(4)', 's3cret-argument'] },
        },
        portico: { port: 0 },
      }),
    )
    const started = run([file], { SECRET_TOKEN: 's3cret' })
    const [, url] = await started.prints(/^good: MCP at (\S+)\n/m)
    expect(await read(url!, 'TOKEN')).toMatch(/^s3cret in .*\/servers$/)
    const [, bad] = await started.prints(/^bad: MCP at (\S+)\n/m)
    await expect(toolsAt(bad!)).rejects.toThrow()
    expect(started.stderr()).toMatch(/^bad: The command cannot be served: .*exit code 4/m)
    started.kill('SIGTERM')
    await started.ended
    expect(started.stdout() + started.stderr()).not.toContain('s3cret')
  })
})

describe('a program behind sign-in', () => {
  it('is served to callers with a token of the issuer, which has its scope', async () => {
    const issuer = await startIssuer()
    onTestFinished(issuer.close)
    write('signed-in.mjs', program('read'))
    const resource = 'https://mcp.example.com/mcp'
    const args = ['--public-url', resource, '--issuer', issuer.issuer, '--scope', 'notes:write']
    const url = await urlOf(run(['-p', '0', ...args, '--', 'node', 'signed-in.mjs']))
    const list = async (token?: string) =>
      (await post(url, initialize, token === undefined ? {} : { authorization: `Bearer ${token}` })).status
    expect(await list()).toBe(401)
    expect(await list(await issuer.issue('https://other.example.com/mcp', 'notes:write'))).toBe(401)
    expect(await list(await issuer.issue(resource, 'notes:read'))).toBe(403)
    expect(await list(await issuer.issue(resource, 'notes:write'))).toBe(200)
  })
})

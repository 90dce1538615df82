import { once } from 'node:events'
import { createServer } from 'node:http'
import { Session } from 'node:inspector/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { root } from '../workspace.mjs'

const ROOT = pathToFileURL(root).href
const CODE = new RegExp(`^${ROOT}packages/[^/]+/dist/`)
const WARM_UP_CALLS = 200

/**
 * How many of our modules and functions one warm call may run. Lower a number freely; raise it with a reason in the
 * commit.
 */
const LIMITS = {
  '2026-07-28': { modules: 29, functions: 99 },
  '2025-11-25': { modules: 28, functions: 99 },
}

const ERAS = {
  '2026-07-28': {
    headers: { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'now' },
    meta: {
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': { name: 'check', version: '1.0.0' },
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    },
  },
  '2025-11-25': { headers: { 'mcp-protocol-version': '2025-11-25' }, meta: {} },
}

/**
 * Counts the modules and functions of the packages that one warm `tools/call` on `node:http` runs, in both eras. 2025
 * is served without sessions.
 */
export async function checkCallPaths() {
  const counts = await countCallPaths()
  return {
    problems: counts.flatMap((count) => findCallPathExcess(count)),
    summary: counts
      .map(
        ({ era, modules, functions }) =>
          `a call of ${era} runs ${modules.length} modules and ${functions} functions`,
      )
      .join('\n'),
  }
}

/** Explains what a call runs, if that is more than its limit. */
export function findCallPathExcess({ era, modules, functions }, limits = LIMITS) {
  const limit = limits[era]
  if (modules.length <= limit.modules && functions <= limit.functions) return []
  return [
    [
      `packages: a warm tools/call of ${era} on node:http runs ${modules.length} modules (at most ${limit.modules}) and ${functions} functions (at most ${limit.functions}). Shorten its path, or raise LIMITS in scripts/rules/call-path.mjs with a reason in the commit. It runs:`,
      ...modules.map(({ path, ran }) => `  ${path}: ${ran.join(', ')}`),
    ].join('\n'),
  ]
}

// V8's precise coverage; code of the SDK and of Node does not count, and neither do the factory and the tool
async function countCallPaths() {
  const server = createServer(await createListener()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}/mcp`
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  const counts = []
  for (const [era, request] of Object.entries(ERAS)) {
    counts.push({ era, ...(await countCall(session, url, request)) })
  }
  server.closeAllConnections()
  server.close()
  session.disconnect()
  return counts
}

async function createListener() {
  const { createMcpHandler, McpServer } = await import(`${root}packages/core/dist/index.js`)
  const { toNodeHandler } = await import(`${root}packages/node/dist/index.js`)
  return toNodeHandler(
    createMcpHandler(() => {
      const server = new McpServer({ name: 'check', version: '1.0.0' })
      server.registerTool('now', {}, () => ({ content: [{ type: 'text', text: 'noon' }] }))
      return server
    }),
  )
}

async function countCall(session, url, request) {
  for (let i = 0; i < WARM_UP_CALLS; i++) await call(url, request)
  await sleep(100)
  await session.post('Profiler.takePreciseCoverage')
  await call(url, request)
  // what runs after the answer belongs to the call
  await sleep(100)
  const { result } = await session.post('Profiler.takePreciseCoverage')
  const modules = result
    .filter((script) => CODE.test(script.url))
    .map((script) => ({
      path: script.url.slice(ROOT.length),
      ran: script.functions.filter(hasRun).map(nameOf),
    }))
    .filter(({ ran }) => ran.length > 0)
  return { modules, functions: modules.reduce((count, { ran }) => count + ran.length, 0) }
}

// what sets the fields of a class is no function that one reads
const hasRun = ({ functionName, ranges }) =>
  ranges[0].count > 0 && functionName !== '<instance_members_initializer>'
const nameOf = ({ functionName }) => functionName || '(anonymous)'

async function call(url, { headers, meta }) {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'now', arguments: {}, ...meta },
    }),
  })
  const { result } = await response.json()
  if (result?.content?.[0].text !== 'noon') throw new Error(`the call was answered with ${response.status}`)
}

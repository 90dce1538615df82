// run as a process of its own: node run.mjs KIND ERA; prints what became of each case, as JSON
import { createMcpHandler } from '@portico-mcp/core'
import { sessions } from '@portico-mcp/sessions'
import { CASES, later, settled, THROWN } from './cases.mjs'
import { SERVERS } from './servers.mjs'

const [kind, era] = process.argv.slice(2)

let fatal = []
process.on('unhandledRejection', (reason) => fatal.push(`unhandled rejection: ${show(reason)}`))
process.on('uncaughtException', (error) => fatal.push(`uncaught exception: ${show(error)}`))

function show(value) {
  try {
    return String(value?.stack ?? value)
  } catch {
    return 'a value without text'
  }
}

const OK = { content: [{ type: 'text', text: 'ok' }] }
const MODERN = '2026-07-28'
const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': MODERN,
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/logLevel': 'debug',
}

/** A handler, and a client of one era that calls its tool. */
function open({ responseMode, version = '2025-11-25', onerror, factory }) {
  const running = { run: async () => OK, reports: [], changes: 0 }
  const build = factory ?? SERVERS[kind]((given) => running.run(given))
  const handler = createMcpHandler(build, {
    responseMode,
    ...(era === '2025 sessions' && { legacy: sessions() }),
    onerror: onerror ?? ((error) => running.reports.push(`${error.name}: ${error.message}`)),
  })
  handler.bus.subscribe(() => running.changes++)
  let sessionId
  const send = (body, init = {}) => {
    const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
    if (era === MODERN) {
      Object.assign(headers, { 'mcp-protocol-version': MODERN, 'mcp-method': body.method, 'mcp-name': 'run' })
    } else if (sessionId)
      Object.assign(headers, { 'mcp-session-id': sessionId, 'mcp-protocol-version': version })
    else headers['mcp-protocol-version'] = version
    return handler.fetch(
      new Request('http://localhost/mcp', {
        method: 'POST',
        headers,
        ...(body && { body: JSON.stringify(body) }),
        ...init,
      }),
    )
  }
  const call = (id, isBatch, init) => {
    const params = { name: 'run', ...(era === MODERN && { _meta: ENVELOPE }) }
    const request = { jsonrpc: '2.0', id, method: 'tools/call', params }
    return send(isBatch ? [request, { jsonrpc: '2.0', id: 'ping', method: 'ping' }] : request, init)
  }
  return {
    running,
    handler,
    call,
    async start() {
      if (era !== '2025 sessions') return
      const params = { protocolVersion: version, capabilities: {}, clientInfo: { name: 'c', version: '1' } }
      const response = await send({ jsonrpc: '2.0', id: 0, method: 'initialize', params })
      sessionId = response.headers.get('mcp-session-id')
      await response.text()
      await (await send({ jsonrpc: '2.0', method: 'notifications/initialized' })).text()
    },
    delete: () => send(undefined, { method: 'DELETE', body: undefined }),
  }
}

/** Every message of an answer. */
async function read(response) {
  const text = await response.text()
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream')
  if (!isStream) return [JSON.parse(text)].flat()
  const frames = text.split('\n').filter((line) => line.startsWith('data: {'))
  return frames.map((frame) => JSON.parse(frame.slice(6)))
}

const isError = ({ code, message }) => Number.isInteger(code) && typeof message === 'string'
const isResult = ({ content }) =>
  Array.isArray(content) && content.every(({ type, text }) => type !== 'text' || typeof text === 'string')

/** Whether there is one proper answer to each request. */
function isAnswered(messages, isBatch) {
  const answers = messages.filter((message) => !('method' in message))
  const own = answers.filter(({ id }) => id === 'call')
  const [answer] = own
  return (
    own.length === 1 &&
    (!isBatch || answers.length === 2) &&
    (answer.error ? isError(answer.error) : isResult(answer.result))
  )
}

async function isServed(client) {
  client.running.run = async () => OK
  const response = await client.call('call', false)
  const [answer] = (await read(response)).filter(({ id }) => id === 'call')
  return answer?.result?.content?.[0]?.text === 'ok'
}

async function runCase(one, mode) {
  fatal = []
  const isBatch = mode === 'batch'
  const client = open({
    responseMode: isBatch ? 'auto' : mode,
    version: isBatch ? '2025-03-26' : '2025-11-25',
  })
  await client.start()
  let running
  let begin
  const begun = new Promise((resolve) => {
    begin = resolve
  })
  client.running.run = async (given) => {
    begin()
    running = one.run(given)
    return running
  }
  // a busy machine may take longer to begin a call than the call takes
  const reachMiddle = async () => {
    await Promise.race([begun, later(3000)])
    await later(8)
  }
  const controller = new AbortController()
  const pending = client.call('call', isBatch, { signal: controller.signal })
  const answer = pending.then(read).catch((error) => [{ failed: show(error) }])
  if (one.leaves) {
    await reachMiddle()
    controller.abort()
    void pending.then((response) => response.body?.locked || response.body?.cancel()).catch(() => {})
  }
  if (one.deletes) {
    await reachMiddle()
    await client.delete()
  }
  if (one.closes) {
    await reachMiddle()
    await client.handler.close()
  }
  const messages = await Promise.race([answer, later(3000).then(() => 'none')])
  await Promise.resolve(running).catch(() => {})
  await settled()
  const { reports, changes } = client.running
  const outcome = {
    name: one.name,
    mode,
    answered:
      messages !== 'none' && (one.leaves || one.deletes || one.closes || isAnswered(messages, isBatch)),
    messages,
    reports: [...reports],
    changes,
  }
  if (one.deletes) await client.start()
  outcome.next = one.closes || (await isServed(client))
  outcome.fatal = fatal
  if (!one.closes) await client.handler.close()
  return outcome
}

/** Factories and `onerror` that throw whatever there is. */
async function runFactory(name, make, how) {
  fatal = []
  const throwing = {
    factory: () => {
      throw make()
    },
    'async factory': async () => {
      await later(1)
      throw make()
    },
    onerror: () => {
      throw new Error('broken')
    },
    'async onerror': () => {
      throw new Error('broken')
    },
  }
  const reports = []
  const onerror = {
    onerror: () => {
      reports.push('heard')
      throw make()
    },
    'async onerror': async () => {
      reports.push('heard')
      throw make()
    },
  }
  const client = open({
    responseMode: 'auto',
    factory: throwing[how],
    onerror: onerror[how] ?? ((error) => reports.push(`${error.name}: ${error.message}`)),
  })
  let messages
  try {
    await client.start()
    messages = await read(await client.call('call', false))
  } catch (error) {
    messages = [{ failed: show(error) }]
  }
  await later(2)
  const answered = messages[0]?.error?.code === (era === '2025 sessions' ? -32600 : -32603)
  return {
    name: `${how} throws ${name}`,
    mode: 'auto',
    answered,
    messages,
    reports,
    changes: 0,
    next: true,
    fatal,
  }
}

const modes = era === MODERN ? ['sse', 'json'] : ['sse', 'json', 'batch']
const cases = CASES.filter((one) => !one.deletes || era === '2025 sessions')
const runs = modes.flatMap((mode) => cases.map((one) => () => runCase(one, mode)))
for (const [name, make] of Object.entries(THROWN)) {
  for (const how of ['factory', 'async factory', 'onerror', 'async onerror']) {
    runs.push(() => runFactory(name, make, how))
  }
}
const outcomes = []
for (const run of runs) outcomes.push(await run())
await new Promise((resolve) => process.stdout.write(JSON.stringify(outcomes), resolve))
process.exit(0)

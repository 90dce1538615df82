// what user code may do wrong; each case is run by the one tool of a server

export const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

const timers = new Set()

/** Does something when a handler has returned. */
const soon = (ms, work) => {
  const done = later(ms).then(() => {
    timers.delete(done)
    work()
  })
  timers.add(done)
}

/** Waits for what was to be done soon, and for what comes of it. */
export async function settled() {
  while (timers.size > 0) await Promise.allSettled([...timers])
  await later(2)
}

const OK = { content: [{ type: 'text', text: 'ok' }] }
const LOG = { method: 'notifications/message', params: { level: 'error', data: 'said' } }
const FORM = {
  message: 'Name?',
  requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
}
const SAMPLE = { messages: [], maxTokens: 1 }

const cyclic = {}
cyclic.itself = cyclic

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

/** Values that code may throw, and that are no proper errors. */
export const THROWN = {
  'an object without prototype': () => Object.create(null),
  'JSON with toString and valueOf': () => JSON.parse('{"toString":"x","valueOf":"y"}'),
  'a revoked proxy': revoked,
  'a proxy that hides its prototype': () =>
    new Proxy(
      {},
      {
        getPrototypeOf() {
          throw new Error('hidden')
        },
      },
    ),
  'an error with a message that throws': () =>
    Object.defineProperty(new Error('x'), 'message', {
      get() {
        throw new Error('unreadable')
      },
    }),
  'an error with an object as message': () => Object.assign(new Error('x'), { message: { a: 1 } }),
  'an error with null as message': () => Object.assign(new Error('x'), { message: null }),
  'an error with a symbol as message': () => Object.assign(new Error('x'), { message: Symbol('x') }),
  'an error with data that is no JSON': () => Object.assign(new Error('x'), { data: cyclic }),
  'an error with a bigint as data': () => Object.assign(new Error('x'), { code: -32050, data: 1n }),
  'an error with a code that throws': () =>
    Object.defineProperty(new Error('x'), 'code', {
      get() {
        throw new Error('unreadable')
      },
    }),
  'a symbol': () => Symbol('x'),
  'a string': () => 'x',
  null: () => null,
  undefined: () => undefined,
}

/** Messages of a server to its client that are not awaited. */
export const NOTIFICATIONS = {
  'protocol.notification': ({ protocol }) => protocol.notification(LOG),
  'protocol.sendLoggingMessage': ({ protocol }) => protocol.sendLoggingMessage(LOG.params),
  'server.sendLoggingMessage': ({ outer }) => outer.sendLoggingMessage(LOG.params),
  "the handler's own": ({ notify }) => notify(LOG),
  progress: ({ notify }) =>
    notify({ method: 'notifications/progress', params: { progressToken: 't', progress: 1 } }),
}

/** Announcements of changes, which reach those who listen at any time. */
export const CHANGES = {
  'server.sendToolListChanged': ({ outer }) => outer.sendToolListChanged(),
  'protocol.sendToolListChanged': ({ protocol }) => protocol.sendToolListChanged(),
}

export const QUESTIONS = {
  elicitInput: ({ protocol }) => protocol.elicitInput(FORM),
  createMessage: ({ protocol }) => protocol.createMessage(SAMPLE),
  listRoots: ({ protocol }) => protocol.listRoots(),
  ping: ({ protocol }) => protocol.ping(),
  request: ({ request }) => request({ method: 'ping' }),
  "the handler's own": ({ ask }) => ask({ method: 'ping' }),
}

/** Something that is sent without a word of the client being possible: no capability was declared for it. */
const UNDECLARED = {
  'an undeclared notification': ({ protocol }) =>
    protocol.notification({ method: 'notifications/resources/updated', params: { uri: 'a:b' } }),
  'an undeclared update': ({ protocol }) => protocol.sendResourceUpdated({ uri: 'a:b' }),
}

const cases = []
const add = (name, run, expected = {}) => cases.push({ name, run, ...expected })

for (const [name, make] of Object.entries(THROWN)) {
  add(`throws ${name}`, () => {
    throw make()
  })
  add(`rejects with ${name}`, async () => {
    await later(1)
    throw make()
  })
}
for (const [name, send] of Object.entries({ ...NOTIFICATIONS, ...CHANGES, ...QUESTIONS, ...UNDECLARED })) {
  add(`does not await ${name}`, async (given) => {
    send(given)
    send(given)
    return OK
  })
}
for (const [name, send] of Object.entries({ ...NOTIFICATIONS, ...QUESTIONS })) {
  const sendLater = (first) => async (given) => {
    if (first) send(given)
    for (const ms of [5, 10, 15]) soon(ms, () => send(given))
    return OK
  }
  add(`sends ${name} after the answer`, sendLater(false))
  add(`sends ${name} before and after the answer`, sendLater(true))
}
for (const [name, send] of Object.entries(CHANGES)) {
  const run = async (given) => {
    for (const ms of [5, 10]) soon(ms, () => send(given))
    return OK
  }
  add(`sends ${name} after the answer`, run, {})
}
for (const [name, send] of Object.entries({ ...NOTIFICATIONS, ...QUESTIONS })) {
  const run = async (given) => {
    for (let sent = 0; sent < 6; sent++) {
      send(given)
      await later(5)
    }
    return OK
  }
  add(`sends ${name} while its client leaves`, run, { leaves: true })
  add(`sends ${name} while its session is deleted`, run, { deletes: true })
  add(`sends ${name} while the handler closes`, run, { closes: true })
}

export const CASES = cases

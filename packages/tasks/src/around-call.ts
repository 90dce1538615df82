import type { JSONRPCResponse, Result } from '@modelcontextprotocol/sdk/types.js'
import type { ExtensionCall, OfferedCall, Refusal } from '@portico-mcp/core'
import { isObject, isPromise } from '@portico-mcp/core/internal'
import { type CallSlot, setSlot } from './call-slot.ts'
import type { Engine } from './engine.ts'
import { notDeclared } from './internal-call.ts'
import { aroundLegacyCall } from './legacy/around-call.ts'
import { ownerOf } from './record/owner.ts'
import { toCreated } from './record/task-forms.ts'
import { createRun } from './run/create-run.ts'
import type { LiveRun } from './run/run-host.ts'
import type { TaskRun } from './run/task-run.ts'
import { readSupport, type Support } from './support.ts'

/** Milliseconds in which a tool may answer, or ask what belongs on the call itself, before its call becomes a task. */
const START_MS = 5

type Proceed = () => Promise<JSONRPCResponse>

/** Runs a `tools/call`: as a task where its tool and its client allow it. */
export async function aroundCall(
  engine: Engine,
  call: ExtensionCall,
  proceed: Proceed,
): Promise<JSONRPCResponse> {
  const run = engine.findRun(call.http)
  if (run) return continueTask(run, call, proceed)
  const found = readSupport(engine, call)
  const support = isPromise(found) ? await found : found
  if (call.era === 'legacy') return aroundLegacyCall(engine, call, support, proceed)
  if (!call.isDeclared && support.level === 'required') throw notDeclared(String(call.message.params?.name))
  const slot = openSlot(engine, call, support)
  if (!call.isDeclared || support.level === 'forbidden') return answerPlainly(slot, call, proceed)
  if (support.level === 'promoted') return promote(engine, slot, support, proceed)
  if (engine.settings.queue && !call.message.params?.inputResponses) return enqueue(engine, call, support)
  return runAsTask(engine, slot, support, proceed)
}

/** Whether a call is no task: its client asks for none, and its tool needs none. */
export function leavesCall(engine: Engine, call: OfferedCall): boolean {
  const { era, isDeclared, message } = call
  const { name, task } = message.params ?? {}
  if (era === 'modern' ? isDeclared : isObject(task)) return false
  const support = engine.findRule(String(name))?.support
  if (support) return support !== 'required'
  const registered = call.readTaskSupport()
  if (!isPromise(registered)) return registered.taskSupport !== 'required'
  // The call reads it once more, and answers with its failure. Unhandled here, that would end the process.
  registered.catch(() => {})
  return false
}

/** Runs the handler of a task that is stored. */
function continueTask(run: LiveRun, call: ExtensionCall, proceed: Proceed): JSONRPCResponse {
  setSlot({ call, run, createTask: async () => makeExternal(run) })
  run.attach(call)
  void run.follow(proceed())
  return respond(call, {})
}

function makeExternal<Run extends LiveRun>(run: Run): Run {
  run.isExternal = true
  return run
}

/** Answers without a task, unless the handler creates one that is ended from elsewhere. */
async function answerPlainly(
  slot: OpenSlot,
  call: ExtensionCall,
  proceed: Proceed,
): Promise<JSONRPCResponse> {
  const response = await proceed()
  if (slot.refusal) throw slot.refusal
  const created = slot.created && (await slot.created)
  return created ? respond(call, toCreated(created.taskId, created.record)) : response
}

/** Makes a call a task that has taken too long. */
async function promote(
  engine: Engine,
  slot: OpenSlot,
  support: Support,
  proceed: Proceed,
): Promise<JSONRPCResponse> {
  const { call } = slot
  const answer = answerPlainly(slot, call, proceed)
  const early = await within(answer, engine.settings.promoteAfterMs ?? 0)
  if (early) return early.value
  const run = createRun(engine, call, support)
  slot.run = run
  run.attach(call)
  return store(engine, run, call, answer)
}

/** Runs a call as a task from its start. What its handler asks or answers at once is the answer to the call itself. */
async function runAsTask(
  engine: Engine,
  slot: OpenSlot,
  support: Support,
  proceed: Proceed,
): Promise<JSONRPCResponse> {
  const { call } = slot
  const run = createRun(engine, call, support)
  slot.run = run
  run.attach(call)
  const answer = proceed()
  const early = await within(answer, START_MS)
  if (!early) return store(engine, run, call, answer)
  if (run.isExternal) return store(engine, run, call, answer)
  const { value: response } = early
  const isAsking = 'result' in response && response.result.resultType === 'input_required'
  return isAsking || support.level === 'optional' ? response : store(engine, run, call, answer)
}

/** Stores a task, and answers with it while its call runs on. */
async function store(
  engine: Engine,
  run: TaskRun,
  call: ExtensionCall,
  answer: Promise<JSONRPCResponse>,
): Promise<JSONRPCResponse> {
  try {
    await run.store(ownerOf(call))
  } catch (error) {
    answer.catch(() => {})
    call.cancel()
    throw error
  }
  const created = respond(call, toCreated(run.taskId, run.record))
  if (run.isExternal) answer.catch(engine.report)
  else void run.follow(answer)
  return created
}

/** Leaves a call to the workers of the queue. */
async function enqueue(engine: Engine, call: ExtensionCall, support: Support): Promise<JSONRPCResponse> {
  const { taskId, record } = createRun(engine, call, support)
  await engine.repository.create(taskId, ownerOf(call), record)
  await engine.settings.queue?.add({ taskId })
  return respond(call, toCreated(taskId, record))
}

/** A slot, and what its handler has made of the call. */
interface OpenSlot extends CallSlot {
  created?: Promise<LiveRun> | undefined
  refusal?: Refusal | undefined
}

/** Lets the handler of a call find what tasks know of it. */
function openSlot(engine: Engine, call: ExtensionCall, support: Support): OpenSlot {
  const slot: OpenSlot = {
    call,
    createTask: (options) => {
      if (slot.run) return Promise.resolve(makeExternal(slot.run))
      if (!call.isDeclared) {
        slot.refusal = notDeclared(String(call.message.params?.name))
        return Promise.reject(slot.refusal)
      }
      const run = makeExternal(createRun(engine, call, support, options))
      slot.created ??= run.store(ownerOf(call)).then(() => run)
      return slot.created
    },
  }
  setSlot(slot)
  return slot
}

/** Waits for a value, `ms` at most; undefined if it has not come by then. Rejects as the promise does. */
async function within<T>(promise: Promise<T>, ms: number): Promise<{ value: T } | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    return await Promise.race([
      promise.then((value) => ({ value })),
      new Promise<undefined>((resolve) => {
        timer = setTimeout(() => resolve(undefined), ms)
      }),
    ])
  } finally {
    clearTimeout(timer)
  }
}

const respond = ({ message }: ExtensionCall, result: Result): JSONRPCResponse => ({
  jsonrpc: '2.0',
  id: message.id,
  result,
})

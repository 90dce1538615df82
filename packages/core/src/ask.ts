import type { ClientCapabilities, JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import type { Envelope } from './envelope.ts'
import type { Exchange } from './exchange.ts'
import { errorMessage } from './json-rpc.ts'
import { Refusal } from './refusal.ts'

/** Decides what becomes of a request that a server sends to its client while it serves an exchange. */
export type Ask = (request: JSONRPCRequest, exchange: Exchange) => void

/** What a server wants to know of its client. */
type Question = Pick<JSONRPCRequest, 'method' | 'params'>

/** 2026-07-28 has no requests from servers; one that needs an undeclared capability ends the exchange (-32021). */
export function askModern({ clientCapabilities }: Envelope): Ask {
  return (request, exchange) => {
    const missing = missingCapability(request, clientCapabilities)
    if (missing) exchange.end(missing)
    else refuse(request, exchange, 'return an input_required result instead')
  }
}

/** A 2025-era client without a session has nowhere to answer. */
export const askStateless: Ask = (request, exchange) =>
  refuse(request, exchange, 'serve 2025-era clients with sessions')

// not within `send`: the server is not waiting for the answer yet
function refuse({ id, method }: JSONRPCRequest, exchange: Exchange, wayOut: string): void {
  const reason = 'no-back-channel'
  const refusal = new Refusal(reason, `${method} cannot reach the client: ${wayOut}`, { data: { reason } })
  queueMicrotask(() => exchange.deliver(errorMessage(id, refusal)))
}

/** The refusal of a question that the client has not declared to take; undefined if it has. */
export function missingCapability(request: Question, declared: ClientCapabilities): Refusal | undefined {
  const requiredCapabilities = requiredOf(request, declared)
  if (declares(declared, requiredCapabilities)) return undefined
  const message = `The client does not declare what ${request.method} needs`
  return new Refusal('missing-capability', message, { data: { requiredCapabilities } })
}

function requiredOf({ method, params }: Question, { elicitation }: ClientCapabilities): ClientCapabilities {
  if (method === 'roots/list') return { roots: {} }
  if (method === 'sampling/createMessage') return { sampling: params?.tools ? { tools: {} } : {} }
  if (method !== 'elicitation/create') return {}
  if (params?.mode === 'url') return { elicitation: { url: {} } }
  // an empty declaration means forms
  return { elicitation: elicitation?.url ? { form: {} } : {} }
}

const declares = (declared: object, required: object): boolean =>
  Object.entries(required).every(([name, more]) => {
    const own = (declared as Record<string, object | undefined>)[name]
    return own && declares(own, more)
  })

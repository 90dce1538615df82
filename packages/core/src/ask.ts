import type { ClientCapabilities, JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import type { Envelope } from './envelope.ts'
import type { Exchange } from './exchange.ts'
import { errorMessage } from './json-rpc.ts'
import { Refusal } from './refusal.ts'

/** Decides what becomes of a request that a server sends to its client while it serves an exchange. */
export type Ask = (request: JSONRPCRequest, exchange: Exchange) => void

/** 2026-07-28 has no requests from servers; one that needs an undeclared capability ends the exchange (-32021). */
export function askModern({ clientCapabilities }: Envelope): Ask {
  return (request, exchange) => {
    const requiredCapabilities = missingCapability(request, clientCapabilities)
    if (requiredCapabilities) {
      return exchange.fail(
        new Refusal('missing-capability', `The client does not declare what ${request.method} needs`, {
          data: { requiredCapabilities },
        }),
      )
    }
    refuse(
      request,
      exchange,
      'a 2026-07-28 client takes no requests: return an input_required result instead',
    )
  }
}

/** A 2025-era client without a session has nowhere to answer. */
export const askStateless: Ask = (request, exchange) =>
  refuse(request, exchange, 'a 2025-era client cannot answer in stateless mode: serve it with sessions')

// not within `send`: the server is not waiting for the answer yet
function refuse(request: JSONRPCRequest, exchange: Exchange, why: string): void {
  const { code, message, data } = new Refusal('no-back-channel', `${request.method} cannot be sent: ${why}`, {
    data: { reason: 'no-back-channel' },
  })
  queueMicrotask(() => exchange.deliver(errorMessage(request.id, { code, message, data })))
}

function missingCapability(
  { method, params }: JSONRPCRequest,
  declared: ClientCapabilities,
): ClientCapabilities | undefined {
  switch (method) {
    case 'elicitation/create': {
      if (params?.mode === 'url') return declared.elicitation?.url ? undefined : { elicitation: { url: {} } }
      const { elicitation } = declared
      const formOnly = elicitation && Object.keys(elicitation).length === 0
      return formOnly || elicitation?.form ? undefined : { elicitation: {} }
    }
    case 'sampling/createMessage':
      if (!declared.sampling) return { sampling: {} }
      return params?.tools && !declared.sampling.tools ? { sampling: { tools: {} } } : undefined
    case 'roots/list':
      return declared.roots ? undefined : { roots: {} }
    default:
      return undefined
  }
}

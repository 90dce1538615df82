import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import type { JSONRPCRequest, Result } from '@modelcontextprotocol/sdk/types.js'
import { Refusal } from '../http/errors.ts'
import { identifyPrincipal } from '../identity/principal.ts'
import { sha256Bytes, toHex } from '../utils/digest.ts'
import { isObject } from '../utils/type-guards.ts'

/** How the `requestState` of 2026-07-28 is sealed, which carries a call from one round to the next. */
export interface RequestStateOptions {
  /**
   * Secrets of at least 32 bytes: the first seals, all of them open. Every process that serves the handler
   * needs the same. @defaultValue one that this process makes up, with a warning
   */
  keys?: readonly (string | Uint8Array)[] | undefined
  /** Milliseconds for a client to answer; less than 2^31. @defaultValue 600000 */
  ttlMs?: number | undefined
  /** How often a call may come back for input. @defaultValue 32 */
  maxRounds?: number | undefined
  /** Bytes of a sealed state. @defaultValue 262144 */
  maxBytes?: number | undefined
}

/** A question that a client was asked. */
export interface Asked {
  /** Digest of the question. */
  question: string
  result?: Result
  /** While it has no answer: the key that the answer comes under, and what method it must fit. */
  open?: [key: string, method: string]
}

/** What a call carries into its next round. */
export interface CallState {
  /** How many rounds there have been. */
  round: number
  /** What was asked; questions that were open together are grouped. */
  asked: Asked[][]
  /** Results of `once`. */
  done: [key: string, result: { value?: unknown }][]
  /** What the handler itself returned as its state. */
  requestState?: string
  /** What all rounds of the call have in common. */
  callId?: string
}

/** What a state belongs to. */
interface Binding {
  principal: string
  request: string
}

/** Seals states, and opens those that it sealed. */
export interface RequestStates {
  seal(state: CallState, request: JSONRPCRequest, authInfo: AuthInfo | undefined): Promise<string>
  /** @throws Refusal `invalid-request-state` for one that is not valid for this request of this caller. */
  open(sealed: unknown, request: JSONRPCRequest, authInfo: AuthInfo | undefined): Promise<CallState>
}

const TYPE = 'portico-request-state'
const ENCRYPTION = 'A256GCM'

export function requestStates(options: Required<RequestStateOptions>): RequestStates {
  const { ttlMs, maxBytes } = options
  let secrets = options.keys
  let keys: Uint8Array[] | undefined

  // not the promise: another request might wait for it in vain, where a runtime keeps requests apart
  async function readKeys(): Promise<Uint8Array[]> {
    if (secrets.length === 0) secrets = [makeUpKey()]
    keys ??= await Promise.all(secrets.map(sha256Bytes))
    return keys
  }

  async function opened(sealed: string): Promise<Record<string, unknown>> {
    const { jwtDecrypt } = await import('jose/jwt/decrypt')
    let refusal = invalid('it is not of this server, or was changed')
    for (const key of await readKeys()) {
      try {
        const { payload } = await jwtDecrypt(sealed, key, {
          typ: TYPE,
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: [ENCRYPTION],
        })
        return payload
      } catch (error) {
        if ((error as { code?: string }).code === 'ERR_JWT_EXPIRED') refusal = invalid('it has expired')
      }
    }
    throw refusal
  }

  return {
    async seal(state, request, authInfo) {
      const { EncryptJWT } = await import('jose/jwt/encrypt')
      const [key] = await readKeys()
      const sealed = await new EncryptJWT({ state, ...(await createBinding(request, authInfo)) })
        .setProtectedHeader({ alg: 'dir', enc: ENCRYPTION, typ: TYPE })
        .setExpirationTime(new Date(Date.now() + ttlMs))
        .encrypt(key as Uint8Array)
      if (sealed.length <= maxBytes) return sealed
      throw new Refusal('request-state-too-large', `What the call carries is larger than ${maxBytes} bytes`)
    },
    async open(sealed, request, authInfo) {
      if (typeof sealed !== 'string' || sealed.length > maxBytes) throw invalid('it is malformed')
      // a forged one must not have its caller's arguments digested
      const payload = await opened(sealed)
      const binding = await createBinding(request, authInfo)
      if (payload.principal !== binding.principal) throw invalid('it belongs to another caller')
      if (payload.request !== binding.request) throw invalid('it belongs to another request')
      return payload.state as CallState
    },
  }
}

const invalid = (why: string): Refusal =>
  new Refusal('invalid-request-state', `requestState cannot be used: ${why}`, {
    // as `@modelcontextprotocol/server` has it
    data: { reason: 'invalid_request_state' },
  })

let warned = false

function makeUpKey(): Uint8Array {
  if (!warned) {
    console.warn('Portico: without requestState.keys, only this process can go on with a call that asks')
  }
  warned = true
  return crypto.getRandomValues(new Uint8Array(32))
}

async function createBinding(
  { method, params }: JSONRPCRequest,
  authInfo: AuthInfo | undefined,
): Promise<Binding> {
  const { _meta, inputResponses: _, requestState: __, task: ___, ...asked } = params ?? {}
  return { principal: identifyPrincipal(authInfo), request: await digest({ method, asked }) }
}

/** SHA-256 of a JSON value in hexadecimal, whatever the order of its members. */
export async function digest(value: unknown): Promise<string> {
  return toHex(await sha256Bytes(JSON.stringify(value, canonical)))
}

function canonical(_: string, value: unknown): unknown {
  // 1e400 can be read, but not written as a number
  if (typeof value === 'number') return `${value}`
  if (typeof value === 'string') return `"${value}`
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

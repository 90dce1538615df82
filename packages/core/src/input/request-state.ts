import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import type { JSONRPCRequest, Result } from '@modelcontextprotocol/sdk/types.js'
import { Refusal } from '../http/errors.ts'
import { identifyPrincipal } from '../identity/principal.ts'
import { sha256Bytes, toHex } from '../utils/digest.ts'
import { isObject } from '../utils/type-guards.ts'

/** Options of the encrypted `requestState` of 2026-07-28, which carries a call from one round to the next. */
export interface RequestStateOptions {
  /**
   * Secrets of at least 32 bytes: the first one encrypts, all of them decrypt. Every process that serves the handler
   * needs the same. @defaultValue a random key of this process, with a warning
   */
  keys?: readonly (string | Uint8Array)[] | undefined
  /** Milliseconds for which a client may answer; less than 2^31. @defaultValue 600000 */
  ttlMs?: number | undefined
  /** Largest number of rounds of a call. @defaultValue 32 */
  maxRounds?: number | undefined
  /** Largest encrypted state, in bytes. @defaultValue 262144 */
  maxBytes?: number | undefined
}

/** A request that a client got. */
export interface Asked {
  /** Digest of the request. */
  question: string
  result?: Result
  /** While it has no answer: the key of its answer, and the method whose result the answer must be. */
  open?: [key: string, method: string]
}

/** The state of a call for its next round. */
export interface CallState {
  /** The number of rounds so far. */
  round: number
  /** The requests so far; those that were open at the same time are grouped. */
  asked: Asked[][]
  /** Results of `once`. */
  done: [key: string, result: { value?: unknown }][]
  /** The state that the handler itself returned. */
  requestState?: string
  /** The id of the call, which is the same in all rounds. */
  callId?: string
}

/** The call and the caller that a state belongs to. */
interface Binding {
  principal: string
  request: string
}

/** Encrypts states, and decrypts them. */
export interface RequestStates {
  seal(state: CallState, request: JSONRPCRequest, authInfo: AuthInfo | undefined): Promise<string>
  /** @throws Refusal `invalid-request-state` if the state is not valid for this request of this caller. */
  open(sealed: unknown, request: JSONRPCRequest, authInfo: AuthInfo | undefined): Promise<CallState>
  /**
   * Encrypts JSON for a purpose.
   *
   * @param type - Names the purpose: what is encrypted for one cannot be decrypted for another.
   * @param expiresAt - When it can no longer be decrypted, in milliseconds since the epoch.
   */
  encrypt(type: string, payload: object, expiresAt: number): Promise<string>
  /** @throws Refusal `invalid-request-state` if the text was not encrypted for this purpose, or has expired. */
  decrypt(type: string, sealed: string): Promise<Record<string, unknown>>
}

const TYPE = 'portico-request-state'
const ENCRYPTION = 'A256GCM'

export function requestStates(options: Required<RequestStateOptions>): RequestStates {
  const { ttlMs, maxBytes } = options
  let secrets = options.keys
  let keys: Uint8Array[] | undefined

  // The key is cached and not its promise: on Workers, a request cannot wait for a promise of another request.
  async function readKeys(): Promise<Uint8Array[]> {
    if (secrets.length === 0) secrets = [makeUpKey()]
    keys ??= await Promise.all(secrets.map(sha256Bytes))
    return keys
  }

  async function encrypt(type: string, payload: object, expiresAt: number): Promise<string> {
    const { EncryptJWT } = await import('jose/jwt/encrypt')
    const [key] = await readKeys()
    return new EncryptJWT({ ...payload })
      .setProtectedHeader({ alg: 'dir', enc: ENCRYPTION, typ: type })
      .setExpirationTime(new Date(expiresAt))
      .encrypt(key as Uint8Array)
  }

  async function decrypt(type: string, sealed: string): Promise<Record<string, unknown>> {
    const { jwtDecrypt } = await import('jose/jwt/decrypt')
    let refusal = invalid('it is not of this server, or was changed')
    for (const key of await readKeys()) {
      try {
        const { payload } = await jwtDecrypt(sealed, key, {
          typ: type,
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
    encrypt,
    decrypt,
    async seal(state, request, authInfo) {
      const payload = { state, ...(await createBinding(request, authInfo)) }
      const sealed = await encrypt(TYPE, payload, Date.now() + ttlMs)
      if (sealed.length <= maxBytes) return sealed
      throw new Refusal('request-state-too-large', `What the call carries is larger than ${maxBytes} bytes`)
    },
    async open(sealed, request, authInfo) {
      if (typeof sealed !== 'string' || sealed.length > maxBytes) throw invalid('it is malformed')
      // The arguments are digested only after the state has been decrypted, since a forged one must not cost that.
      const payload = await decrypt(TYPE, sealed)
      const binding = await createBinding(request, authInfo)
      if (payload.principal !== binding.principal) throw invalid('it belongs to another caller')
      if (payload.request !== binding.request) throw invalid('it belongs to another request')
      return payload.state as CallState
    },
  }
}

const invalid = (why: string): Refusal =>
  new Refusal('invalid-request-state', `requestState cannot be used: ${why}`, {
    // The reason is that of `@modelcontextprotocol/server`.
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

/** Returns the SHA-256 digest of a JSON value in hexadecimal; the order of its members does not matter. */
export async function digest(value: unknown): Promise<string> {
  return toHex(await sha256Bytes(JSON.stringify(value, canonical)))
}

function canonical(_: string, value: unknown): unknown {
  // JSON.parse reads 1e400 as Infinity, which JSON.stringify writes as null.
  if (typeof value === 'number') return `${value}`
  if (typeof value === 'string') return `"${value}`
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

import { CloudflareError, toCloudflareError } from '../cloudflare-error.ts'
import type { ObjectApi } from '../object/object-api.ts'
import { type ObjectNamespace, type PlatformSocket, readSocket } from '../platform.ts'
import { within } from './within.ts'

type Arguments<Method extends keyof ObjectApi> = Parameters<ObjectApi[Method]>
type Result<Method extends keyof ObjectApi> = Awaited<ReturnType<ObjectApi[Method]>>

/**
 * Calls that change nothing, or change the same when they arrive twice. They are tried again once, as after an object has
 * been restarted for a new version of the Worker.
 */
const REPEATABLE: ReadonlySet<keyof ObjectApi> = new Set([
  'addJob',
  'createRecord',
  'deleteEvents',
  'deleteRecord',
  'hasRecord',
  'readEvents',
  'readList',
  'readRecord',
  'readTask',
  'moveInList',
  'releaseClaim',
  'removeFromList',
  'removeJob',
  'renewClaim',
  'takeClaim',
  'touchRecord',
  'updateRecord',
] as const)

/** How objects are called. */
export interface ObjectsSettings {
  /** The beginning of the names of all objects. */
  prefix: string
  timeoutMs: number
  report: (error: unknown) => void
}

/** The Durable Objects of a namespace. Stubs belong to a request, so none is kept. */
export class Objects {
  readonly report: (error: unknown) => void
  readonly #namespace: ObjectNamespace
  readonly #settings: ObjectsSettings

  constructor(namespace: ObjectNamespace, settings: ObjectsSettings) {
    this.#namespace = namespace
    this.#settings = settings
    this.report = settings.report
  }

  /**
   * Calls a method of an object.
   *
   * @param name - The name of the object after the prefix.
   * @throws CloudflareError
   */
  async call<Method extends keyof ObjectApi>(
    name: string,
    method: Method,
    ...args: Arguments<Method>
  ): Promise<Result<Method>> {
    try {
      return await this.#call(name, method, args)
    } catch (error) {
      if (!REPEATABLE.has(method) || (error as CloudflareError).code !== 'object-unreachable') throw error
      return this.#call(name, method, args)
    }
  }

  /**
   * Opens a WebSocket that receives what is sent to the channel of an object.
   *
   * @param after - Also receive what was sent after this position.
   * @throws CloudflareError
   */
  async connect(name: string, after: number | undefined): Promise<PlatformSocket> {
    const query = after === undefined ? '' : `?after=${after}`
    const response = await this.#fetch(name, query, { headers: { upgrade: 'websocket' } })
    const socket = readSocket(response)
    if (!socket) throw failed(response)
    socket.accept()
    return socket
  }

  async #call<Method extends keyof ObjectApi>(
    name: string,
    method: Method,
    args: Arguments<Method>,
  ): Promise<Result<Method>> {
    const body = JSON.stringify([method, args])
    const response = await this.#fetch(name, '', { method: 'POST', body })
    if (!response.ok) throw failed(response)
    return (await response.json()) as Result<Method>
  }

  async #fetch(name: string, query: string, init: RequestInit): Promise<Response> {
    const { prefix, timeoutMs } = this.#settings
    try {
      const stub = this.#namespace.getByName(`${prefix}:${name}`)
      return await within(timeoutMs, stub.fetch(`https://portico.invalid/${query}`, init))
    } catch (error) {
      throw toCloudflareError(error)
    }
  }
}

function failed({ status }: Response): CloudflareError {
  return new CloudflareError('object-failed', `A Durable Object answered with status ${status}`)
}

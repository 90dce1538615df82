import type { TextResponseInit } from '@portico-mcp/core'

interface Known extends TextResponseInit {
  text: string
}

const KNOWN = Symbol('known')
const REAL = Symbol('real')

type Light = Response & { [KNOWN]: Known; [REAL]?: Response }

/** A response of known text, which becomes a real one when more than its status is asked for. */
export function textResponse(text: string, init: TextResponseInit): Response {
  const response = Object.create(prototype) as Light
  response[KNOWN] = { text, ...init }
  return response
}

/** The text of a response that nobody has touched; undefined for any other. */
export function textOf(response: Response): Known | undefined {
  const { [KNOWN]: known, [REAL]: real } = response as Light
  return real ? undefined : known
}

function real(response: Light): Response {
  const { text, ...init } = response[KNOWN]
  response[REAL] ??= new Response(text, init)
  return response[REAL]
}

const prototype: Response = Object.create(
  Response.prototype,
  Object.fromEntries(
    Object.entries(Object.getOwnPropertyDescriptors(Response.prototype))
      .filter(([name]) => name !== 'constructor')
      .map(([name, { get }]) => [name, get ? { get: gets(name as keyof Response) } : { value: calls(name) }]),
  ),
)

function gets(name: keyof Response) {
  if (name === 'status')
    return function (this: Light): number {
      return this[KNOWN].status
    }
  return function (this: Light): unknown {
    return real(this)[name]
  }
}

function calls(name: string) {
  return function (this: Light, ...args: unknown[]): unknown {
    const response = real(this) as unknown as Record<string, (...args: unknown[]) => unknown>
    return response[name]!(...args)
  }
}

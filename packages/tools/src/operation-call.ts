import type { JsonObjectSchema } from './json-schema.ts'
import { isObject } from './objects.ts'
import { type OpenApiDocument, resolve } from './openapi-document.ts'
import { type Location, type Parameter, parametersOf } from './openapi-parameters.ts'
import { type SchemaOfArgument, schemaOf } from './openapi-schema.ts'

/** Where an argument of a tool goes. */
export interface ParameterSlot {
  argument: string
  name: string
  in: Location
  style: string
  explode: boolean
  /** Media type of a parameter that is described by one. */
  mediaType: string | undefined
}

/** Where the body comes from. */
export interface BodySlot {
  argument: string
  mediaType: string
}

/** What a call of an operation is made of. */
export interface OperationCall {
  inputSchema: JsonObjectSchema
  parameters: ParameterSlot[]
  body: BodySlot | undefined
  /** The first server of the operation, the path or the document. */
  server: string | undefined
}

type Json = Record<string, unknown>

/**
 * How an operation is called.
 *
 * @param path - With `{}` around what is filled in.
 * @param item - The path item.
 * @param operation - The operation in it.
 * @throws TypeError for a reference to what is not in the document, and a path parameter that is not
 * described.
 */
export function callOf(document: OpenApiDocument, path: string, item: Json, operation: Json): OperationCall {
  const taken = new Set<string>()
  const given = parametersOf(document, [...list(item.parameters), ...list(operation.parameters)])
  const parameters = given.map((parameter) => parameterOf(parameter, taken))
  demandPathParameters(path, parameters)
  const body = bodyOf(resolve(document, operation.requestBody), taken)
  const servers = [operation.servers, item.servers, document.servers].map((some) => serverOf(list(some)[0]))
  return {
    inputSchema: schemaOf(
      document,
      [...parameters, ...(body ? [body] : [])].map(({ described }) => described),
    ),
    parameters: parameters.map(({ slot }) => slot),
    body: body?.slot,
    server: servers.find((url) => url !== undefined),
  }
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** An argument for the tool, and for the request. */
interface Argument<Slot> {
  described: SchemaOfArgument
  slot: Slot
}

function parameterOf(parameter: Parameter, taken: Set<string>): Argument<ParameterSlot> {
  const { name, in: location, explode, content, schema, description, required } = parameter
  const [mediaType, media] = isObject(content) ? (Object.entries(content)[0] ?? []) : []
  const argument = unique(taken, name, `${location}_${name}`)
  const isForm = location === 'query' || location === 'cookie'
  const style = typeof parameter.style === 'string' ? parameter.style : isForm ? 'form' : 'simple'
  return {
    described: {
      name: argument,
      schema: (isObject(media) && media.schema) || schema,
      description,
      required: location === 'path' || required === true,
    },
    slot: {
      argument,
      name,
      in: location,
      style,
      explode: typeof explode === 'boolean' ? explode : style === 'form',
      mediaType,
    },
  }
}

function demandPathParameters(path: string, parameters: Argument<ParameterSlot>[]): void {
  for (const [, name] of path.matchAll(/\{([^{}]*)\}/g)) {
    if (!parameters.some(({ slot }) => slot.in === 'path' && slot.name === name)) {
      throw new TypeError(`${path} describes no path parameter "${name}"`)
    }
  }
}

function bodyOf(
  { content, description, required }: Json,
  taken: Set<string>,
): Argument<BodySlot> | undefined {
  const [mediaType, media] = mediaOf(content)
  if (!mediaType) return undefined
  const argument = unique(taken, 'body', 'request_body')
  const schema = isObject(media) ? media.schema : undefined
  return {
    described: { name: argument, schema, description, required: required === true },
    slot: { argument, mediaType },
  }
}

function unique(taken: Set<string>, ...names: [string, string]): string {
  let [name, other] = names
  if (taken.has(name)) name = other
  for (let n = 2; taken.has(name); n++) name = `${other}_${n}`
  taken.add(name)
  return name
}

/** The content that is easiest to make of JSON. */
function mediaOf(content: unknown): [string, unknown] | [] {
  const entries = Object.entries(isObject(content) ? content : {})
  const ranked = [
    /[/+]json$/i,
    /^application\/x-www-form-urlencoded$/i,
    /^multipart\/form-data$/i,
    /^text\//i,
  ]
  for (const rank of ranked) {
    const found = entries.find(([type]) => rank.test(type.split(';')[0]!.trim()))
    if (found) return found
  }
  return entries[0] ?? []
}

function serverOf(server: unknown): string | undefined {
  if (!isObject(server) || typeof server.url !== 'string') return undefined
  const variables = isObject(server.variables) ? server.variables : {}
  return server.url.replace(/\{([^{}]*)\}/g, (whole, name) => {
    const variable = Object.hasOwn(variables, name) ? variables[name] : undefined
    return isObject(variable) ? String(variable.default) : whole
  })
}

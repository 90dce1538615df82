import { argumentNames } from './argument-names.ts'
import type { Report } from './embed-schema.ts'
import type { JsonObjectSchema } from './json-schema.ts'
import { isObject } from './objects.ts'
import { type BodySlot, readBody } from './openapi-body.ts'
import { type OpenApiDocument, resolve, UnusablePart } from './openapi-document.ts'
import { type Location, type Parameter, parametersOf } from './openapi-parameters.ts'
import { readAccept } from './openapi-responses.ts'
import { type Argument, schemasOf } from './openapi-schema.ts'
import { type ApiKeySlot, keysOf } from './openapi-security.ts'
import { serverOf } from './openapi-servers.ts'

/** Where an argument of a tool goes. */
export interface ParameterSlot {
  argument: string
  name: string
  in: Location
  style: string
  explode: boolean
  /** Whether characters that delimit the parts of a URL stay as they are. */
  allowReserved: boolean
  /** Media type of a parameter that is described by one. */
  mediaType: string | undefined
}

/** What a call of an operation is made of. */
export interface OperationCall {
  inputSchema: JsonObjectSchema
  parameters: ParameterSlot[]
  body: BodySlot | undefined
  /** The nearest absolute server; undefined where the base of `withApi` counts. */
  server: string | undefined
  /** Media types that it answers with; undefined where the document says nothing. */
  accept: string | undefined
  /** Places of the API keys that it asks for. */
  keys: ApiKeySlot[]
}

type Json = Record<string, unknown>

/**
 * How an operation is called.
 *
 * @param path - With `{}` around what is filled in.
 * @param item - The path item.
 * @param operation - The operation in it.
 * @throws UnusablePart for a reference to what is not in the document, and a path parameter that is not
 * described.
 */
export function callOf(
  document: OpenApiDocument,
  path: string,
  item: Json,
  operation: Json,
  report: Report,
): OperationCall {
  const nameFor = argumentNames()
  const given = parametersOf(document, [...list(item.parameters), ...list(operation.parameters)])
  const parameters = given.map((parameter) => parameterOf(parameter, nameFor))
  demandPathParameters(path, parameters)
  const body = readBody(document, resolve(document, operation.requestBody), nameFor)
  const described = [...parameters, ...(body ? [body] : [])].map(({ described }) => described)
  return {
    inputSchema: schemasOf(document).schemaOf(described, report),
    parameters: parameters.map(({ slot }) => slot),
    body: body?.slot,
    server: serverOf([operation.servers, item.servers, document.servers]),
    accept: readAccept(document, operation.responses),
    keys: keysOf(document, operation.security),
  }
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

function parameterOf(
  parameter: Parameter,
  nameFor: ReturnType<typeof argumentNames>,
): Argument<ParameterSlot> {
  const { name, in: location, explode, content, schema, description, required } = parameter
  const [mediaType, media] = isObject(content) ? (Object.entries(content)[0] ?? []) : []
  const argument = nameFor(name, `${location}_${name}`)
  const isForm = location === 'query' || location === 'cookie'
  const style = typeof parameter.style === 'string' ? parameter.style : isForm ? 'form' : 'simple'
  return {
    described: {
      name: argument,
      schema: (isObject(media) && media.schema) || schema,
      description: describe(description, name, argument),
      required: location === 'path' || required === true,
    },
    slot: {
      argument,
      name,
      in: location,
      style,
      explode: typeof explode === 'boolean' ? explode : style === 'form',
      allowReserved: parameter.allowReserved === true && location === 'query',
      mediaType,
    },
  }
}

/** What a name that had to be changed says is said in words. */
function describe(description: unknown, name: string, argument: string): unknown {
  if (argument === name) return description
  const sentAs = `Sent as ${JSON.stringify(name.slice(0, 100))}.`
  return typeof description === 'string' ? `${description} (${sentAs})` : sentAs
}

function demandPathParameters(path: string, parameters: Argument<ParameterSlot>[]): void {
  for (const [, name] of path.matchAll(/\{([^{}]*)\}/g)) {
    if (!parameters.some(({ slot }) => slot.in === 'path' && slot.name === name)) {
      throw new UnusablePart(`${path} describes no path parameter "${name}"`)
    }
  }
}

import { createArgumentNames } from './argument-names.ts'
import type { Report } from './embed-schema.ts'
import type { JsonObjectSchema } from './json-schema.ts'
import { isObject } from './objects.ts'
import { type BodySlot, readBody } from './openapi-body.ts'
import { type OpenApiDocument, resolve, UnusablePart } from './openapi-document.ts'
import { type Location, listParameters, type Parameter } from './openapi-parameters.ts'
import { readAccept } from './openapi-responses.ts'
import { type Argument, getSchemas } from './openapi-schema.ts'
import { type ApiKeySlot, listRequiredKeys } from './openapi-security.ts'
import { findServer } from './openapi-servers.ts'

/** The place of an argument in a request. */
export interface ParameterSlot {
  argument: string
  name: string
  in: Location
  style: string
  explode: boolean
  /** Whether the characters that delimit the parts of a URL are not encoded. */
  allowReserved: boolean
  /** The media type, if the parameter has one. */
  mediaType: string | undefined
}

/** How an operation is called. */
export interface OperationCall {
  inputSchema: JsonObjectSchema
  parameters: ParameterSlot[]
  body: BodySlot | undefined
  /** The nearest absolute server; undefined if the base URL of `withApi` applies. */
  server: string | undefined
  /** The `Accept` header; undefined if the document names no media types. */
  accept: string | undefined
  /** The API keys that the operation requires. */
  keys: ApiKeySlot[]
}

type Json = Record<string, unknown>

/**
 * Reads how an operation is called.
 *
 * @param path - The path, with parameters in `{}`.
 * @param item - The path item.
 * @param operation - The operation of the path item.
 * @throws UnusablePart if a reference is broken, or if a path parameter is not described.
 */
export function readOperationCall(
  document: OpenApiDocument,
  path: string,
  item: Json,
  operation: Json,
  report: Report,
): OperationCall {
  const nameFor = createArgumentNames()
  const given = listParameters(document, [...list(item.parameters), ...list(operation.parameters)])
  const parameters = given.map((parameter) => readParameter(parameter, nameFor))
  checkPathParameters(path, parameters)
  const body = readBody(document, resolve(document, operation.requestBody), nameFor)
  const described = [...parameters, ...(body ? [body] : [])].map(({ described }) => described)
  return {
    inputSchema: getSchemas(document).writeSchema(described, report),
    parameters: parameters.map(({ slot }) => slot),
    body: body?.slot,
    server: findServer([operation.servers, item.servers, document.servers]),
    accept: readAccept(document, operation.responses),
    keys: listRequiredKeys(document, operation.security),
  }
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

function readParameter(
  parameter: Parameter,
  nameFor: ReturnType<typeof createArgumentNames>,
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

/** Adds the name of a parameter to its description, if the argument has another one. */
function describe(description: unknown, name: string, argument: string): unknown {
  if (argument === name) return description
  const sentAs = `Sent as ${JSON.stringify(name.slice(0, 100))}.`
  return typeof description === 'string' ? `${description} (${sentAs})` : sentAs
}

function checkPathParameters(path: string, parameters: Argument<ParameterSlot>[]): void {
  for (const [, name] of path.matchAll(/\{([^{}]*)\}/g)) {
    if (!parameters.some(({ slot }) => slot.in === 'path' && slot.name === name)) {
      throw new UnusablePart(`${path} has no path parameter "${name}" among its parameters`)
    }
  }
}

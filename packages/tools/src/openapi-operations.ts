import type { JsonObjectSchema } from './json-schema.ts'
import { isObject } from './objects.ts'
import { type OpenApiDocument, resolve } from './openapi-document.ts'
import { type SchemaOfArgument, schemaOf } from './openapi-schema.ts'

type Json = Record<string, unknown>

/** An operation, as far as it is chosen by. */
export interface OpenApiOperation {
  /** Its `operationId`; undefined where it has none. */
  operationId: string | undefined
  /** HTTP method, in upper case. */
  method: string
  /** Its path, with `{}` around what is filled in. */
  path: string
  /** Its tags. */
  tags: readonly string[]
  /** Its summary. */
  summary: string | undefined
  /** Its description. */
  description: string | undefined
}

/** Where an argument of a tool goes. */
export interface ParameterSlot {
  argument: string
  name: string
  in: 'path' | 'query' | 'header' | 'cookie'
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

/** An operation of a document, and how it is called. */
export interface ReadOperation {
  operation: OpenApiOperation
  call: OperationCall
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch']

const cache = new WeakMap<OpenApiDocument, Map<string, ReadOperation>>()

/** The operations of a document that a filter lets through, without those marked `x-mcp-exclude`. */
export function readOperations(
  document: OpenApiDocument,
  admits: (operation: OpenApiOperation) => boolean,
): ReadOperation[] {
  const known = cache.get(document) ?? new Map<string, ReadOperation>()
  cache.set(document, known)
  return Object.entries(document.paths)
    .filter(([path]) => path.startsWith('/'))
    .flatMap(([path, item]) => methodsOf(document, path, item))
    .filter(({ operation }) => admits(operation))
    .map((found) => {
      const key = `${found.operation.method} ${found.operation.path}`
      const read = known.get(key) ?? { operation: found.operation, call: callOf(document, found) }
      known.set(key, read)
      return read
    })
}

interface Found {
  operation: OpenApiOperation
  item: Json
  given: Json
}

function methodsOf(document: OpenApiDocument, path: string, value: unknown): Found[] {
  const item = resolve(document, value)
  if (item['x-mcp-exclude']) return []
  return METHODS.flatMap((method) => {
    const given = item[method]
    if (!isObject(given) || given['x-mcp-exclude']) return []
    const { operationId, tags, summary = item.summary, description = item.description } = given
    const operation = {
      operationId: text(operationId) || undefined,
      method: method.toUpperCase(),
      path,
      tags: list(tags).map(String),
      summary: text(summary),
      description: text(description),
    }
    return [{ operation, item, given }]
  })
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

function callOf(document: OpenApiDocument, { operation, item, given }: Found): OperationCall {
  const place = `${operation.method} ${operation.path}`
  const parameters = parametersOf(document, [...list(item.parameters), ...list(given.parameters)])
  const taken = new Set<string>()
  const args: SchemaOfArgument[] = []
  const slots = parameters.map((parameter): ParameterSlot => {
    const { name, in: location, style, explode, content, schema, description, required } = parameter
    const [mediaType, media] = isObject(content) ? (Object.entries(content)[0] ?? []) : []
    const argument = unique(taken, name, `${location}_${name}`)
    const isRequired = location === 'path' || required === true
    args.push({
      name: argument,
      schema: (isObject(media) && media.schema) || schema,
      description,
      required: isRequired,
    })
    const manner = text(style) ?? (location === 'query' || location === 'cookie' ? 'form' : 'simple')
    return {
      argument,
      name,
      in: location,
      style: manner,
      explode: typeof explode === 'boolean' ? explode : manner === 'form',
      mediaType,
    }
  })
  for (const [, name] of operation.path.matchAll(/\{([^{}]*)\}/g)) {
    if (!slots.some((slot) => slot.in === 'path' && slot.name === name)) {
      throw new TypeError(`${place} describes no path parameter "${name}"`)
    }
  }
  const requestBody = resolve(document, given.requestBody)
  const [mediaType, media] = mediaOf(requestBody.content)
  const body = mediaType ? { argument: unique(taken, 'body', 'request_body'), mediaType } : undefined
  if (body) {
    const schema = isObject(media) ? media.schema : undefined
    const { description, required } = requestBody
    args.push({ name: body.argument, schema, description, required: required === true })
  }
  const server = [given.servers, item.servers, document.servers].map((servers) => serverOf(list(servers)[0]))
  return {
    inputSchema: schemaOf(document, args),
    parameters: slots,
    body,
    server: server.find((url) => url !== undefined),
  }
}

interface Parameter extends Json {
  name: string
  in: ParameterSlot['in']
}

const LOCATIONS = ['path', 'query', 'header', 'cookie']

// OpenAPI 3.1.1, Parameter Object: these are said elsewhere
const RESERVED_HEADERS = ['accept', 'content-type', 'authorization', 'cookie', 'host']

function parametersOf(document: OpenApiDocument, values: unknown[]): Parameter[] {
  const secrets = secretsOf(document)
  const byPlace = new Map<string, Parameter>()
  for (const value of values) {
    const parameter = resolve(document, value)
    const { name, in: location } = parameter
    if (typeof name !== 'string' || !LOCATIONS.includes(location as string)) continue
    const place = placeOf(location, name)
    byPlace.delete(place)
    if (parameter['x-mcp-exclude'] || secrets.has(place)) continue
    if (location === 'header' && RESERVED_HEADERS.includes(name.toLowerCase())) continue
    byPlace.set(place, parameter as Parameter)
  }
  return [...byPlace.values()].sort((a, b) => LOCATIONS.indexOf(a.in) - LOCATIONS.indexOf(b.in))
}

/** Parameters that carry an API key: no model should fill them in. */
function secretsOf(document: OpenApiDocument): Set<string> {
  const { securitySchemes } = resolve(document, document.components)
  const schemes = Object.values(isObject(securitySchemes) ? securitySchemes : {})
  return new Set(
    schemes
      .map((scheme) => resolve(document, scheme))
      .filter(({ type }) => type === 'apiKey')
      .map(({ in: location, name }) => placeOf(location, String(name))),
  )
}

const placeOf = (location: unknown, name: string): string =>
  `${location} ${location === 'header' ? name.toLowerCase() : name}`

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

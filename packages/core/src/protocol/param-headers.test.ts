import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import * as z3 from 'zod/v3'
import * as mini from 'zod/v4-mini'
import {
  agreesOnParam,
  declaresNoHeader,
  decodeHeaderValue,
  type ParamHeader,
  readParamHeaders,
} from './param-headers.ts'

const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more })
const mirrored = (type: string, name: unknown = 'Field') => ({ type, 'x-mcp-header': name })

describe('x-mcp-header declarations', () => {
  it('are found at any depth of properties', () => {
    expect(
      readParamHeaders(object({ a: mirrored('string', 'A'), b: object({ c: mirrored('integer', 'C') }) })),
    ).toEqual([
      { header: 'Mcp-Param-A', path: ['a'], type: 'string' },
      { header: 'Mcp-Param-C', path: ['b', 'c'], type: 'integer' },
    ])
  })

  it.each([
    ['a number', object({ a: mirrored('number') })],
    ['an object', object({ a: mirrored('object') })],
    ['a property without a type', object({ a: { 'x-mcp-header': 'A' } })],
    ['a name with a space', object({ a: mirrored('string', 'A B') })],
    ['an empty name', object({ a: mirrored('string', '') })],
    ['a name that is no string', object({ a: mirrored('string', 5) })],
    ['the root', { ...object({}), 'x-mcp-header': 'Root' }],
    ['array items', object({ a: { type: 'array', items: mirrored('string') } })],
    ['an alternative', object({}, { anyOf: [object({ a: mirrored('string') })] })],
    ['a definition', object({}, { $defs: { a: mirrored('string') } })],
  ])('mean nothing on %s', (_, schema) => {
    expect(readParamHeaders(schema)).toEqual([])
  })

  it('are none in what is no schema', () => {
    for (const schema of [undefined, null, true, 'text']) expect(readParamHeaders(schema)).toEqual([])
  })

  it('may be a property name', () => {
    expect(readParamHeaders(object({ 'x-mcp-header': { type: 'string' } }))).toEqual([])
  })
})

describe('a mirrored argument', () => {
  const agree = (type: ParamHeader['type'], value: unknown, header?: string) =>
    agreesOnParam(
      new Headers(header === undefined ? {} : { 'mcp-param-f': header }),
      { header: 'Mcp-Param-F', path: ['f'], type },
      { f: value },
    )

  it.each([
    ['integer', 42, '42.0'],
    ['integer', -7, '-7'],
    ['boolean', true, 'true'],
    ['string', '', ''],
    ['string', '=?base64?YQ==?=', '=?base64?PT9iYXNlNjQ/WVE9PT89?='],
    ['string', null, 'ignored'],
    ['string', undefined, undefined],
  ] as const)('%s %j agrees with %j', (type, value, header) => {
    expect(agree(type, value, header)).toBe(true)
  })

  it.each([
    ['integer', 42, '43'],
    ['integer', 42, undefined],
    ['integer', 42, '0x2a'],
    ['boolean', true, 'True'],
    ['string', '42', '42.0'],
    ['string', 'a', '=?base64?YQ=?='],
    ['string', 'a', undefined],
  ] as const)('%s %j disagrees with %j', (type, value, header) => {
    expect(agree(type, value, header)).toBe(false)
  })

  it('is never found on the prototype', () => {
    expect(
      agreesOnParam(new Headers(), { header: 'h', path: ['constructor', 'name'], type: 'string' }, {}),
    ).toBe(true)
  })
})

describe('a schema', () => {
  const header = { 'x-mcp-header': 'Field' }
  const named = z.string().meta(header)

  it.each<[string, z.ZodType]>([
    ['at the top', z.object({ a: named })],
    ['behind another', z.object({ b: z.number(), a: named })],
    ['deep inside', z.object({ b: z.object({ a: named }) })],
    ['an optional one', z.object({ a: named.optional() })],
    ['around an optional one', z.object({ a: z.string().optional().meta(header) })],
    ['one with a default', z.object({ a: z.object({ b: named }).default({ b: '' }) })],
    ['in a description', z.object({ a: named.describe('The field') })],
    ['on a lazy one', z.object({ a: z.lazy(() => named) })],
    ['on an intersection', z.intersection(z.object({ a: named }), z.object({ b: z.string() }))],
    ['on a pipe', z.object({ a: named.transform(Number) })],
  ])('that declares a header %s is not taken for one that declares none', (_, schema) => {
    expect(declaresNoHeader(schema)).toBe(false)
  })

  it('of zod mini around others is looked into, since the SDK makes it of raw shapes', () => {
    expect(declaresNoHeader(mini.object({ a: z.string() }))).toBe(true)
    expect(declaresNoHeader(mini.object({ a: named }))).toBe(false)
    expect(declaresNoHeader(mini.object({ a: mini.string() }))).toBe(false)
  })

  it('of zod 3 is looked at in its JSON form', () => {
    expect(declaresNoHeader(z3.object({ a: z3.string() }))).toBe(false)
  })

  it.each<[string, z.ZodType | undefined]>([
    ['nothing', undefined],
    ['plain fields', z.object({ a: z.string(), b: z.number().optional(), c: z.enum(['x']).default('x') })],
    ['descriptions', z.object({ a: z.string().describe('The field').meta({ title: 'A' }) })],
    ['lists', z.object({ a: z.array(z.object({ b: z.string() })) })],
  ])('of %s declares none', (_, schema) => {
    expect(declaresNoHeader(schema)).toBe(true)
    if (schema) expect(readParamHeaders(z.toJSONSchema(schema))).toEqual([])
  })
})

describe('a header value', () => {
  it('is literal unless both ends of the sentinel are there', () => {
    for (const value of ['plain', '=?base64?YQ==', 'YQ==?=', '=?BASE64?YQ==?='])
      expect(decodeHeaderValue(value)).toBe(value)
  })

  it('is nothing where the base64 is bad', () => {
    for (const value of ['YQ', 'YQ=', 'Y===', 'a b=', '_w==', '/w==']) {
      expect(decodeHeaderValue(`=?base64?${value}?=`)).toBeNull()
    }
  })
})

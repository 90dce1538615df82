import { type Schema, Validator } from '@cfworker/json-schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonSchemaValidator, readSchema } from './index.ts'

const fits = (schema: object, value: unknown): boolean =>
  readSchema({ type: 'object', properties: { a: schema } })
    .checker()
    .check({ a: value }) === undefined

const name = fc.constantFrom('a', 'b', 'c')
const scalar = fc.constantFrom<unknown>(null, true, 0, 1, 2, 2.5, -1, '', 'a', 'ab', '😀')
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3 }),
  ),
}))

const small = fc.nat(3)
const type = fc.constantFrom('null', 'boolean', 'number', 'integer', 'string', 'array', 'object')
const { schema } = fc.letrec((tie) => {
  const list = fc.array(tie('schema'), { minLength: 1, maxLength: 3 })
  const map = fc.dictionary(name, tie('schema'), { maxKeys: 3 })
  const leaf = fc.oneof(
    fc.boolean(),
    fc.constant({ $ref: '#/$defs/d' }),
    fc.record({ type: fc.oneof(type, fc.array(type, { minLength: 1, maxLength: 2 })) }),
    fc.record({ const: value }),
    fc.record({ enum: fc.array(value, { minLength: 1, maxLength: 3 }) }),
    fc.record(
      { minimum: small, exclusiveMaximum: small, multipleOf: fc.constantFrom(1, 0.5, 2) },
      { requiredKeys: [] },
    ),
    fc.record(
      { minLength: small, maxLength: small, pattern: fc.constantFrom('^a', 'b$', '.') },
      { requiredKeys: [] },
    ),
  )
  const branch = fc.record(
    {
      properties: map,
      patternProperties: fc.record({ '^[ab]$': tie('schema') }),
      additionalProperties: tie('schema'),
      unevaluatedProperties: fc.constantFrom(false, { type: 'string' }),
      propertyNames: fc.record({ maxLength: small }),
      required: fc.array(name, { maxLength: 2 }),
      minProperties: small,
      maxProperties: small,
      dependentRequired: fc.dictionary(name, fc.array(name, { maxLength: 2 }), { maxKeys: 2 }),
      dependentSchemas: map,
      prefixItems: list,
      items: tie('schema'),
      contains: tie('schema'),
      minContains: small,
      minItems: small,
      maxItems: small,
      uniqueItems: fc.boolean(),
      allOf: list,
      anyOf: list,
      oneOf: list,
      not: tie('schema'),
      if: tie('schema'),
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: tie('schema'),
      else: tie('schema'),
    },
    { requiredKeys: [] },
  )
  return {
    schema: fc.oneof(
      { maxDepth: 3 },
      leaf,
      branch.map((all) => pick(all, 4)),
    ),
  }
})

/** A few of many keywords, by what they hold. */
function pick(all: Record<string, unknown>, count: number): Record<string, unknown> {
  const entries = Object.entries(all)
  const start = JSON.stringify(all).length % Math.max(entries.length, 1)
  const kept = [...entries, ...entries].slice(start, start + count)
  return Object.fromEntries(kept)
}

describe('a check', () => {
  it('comes out as that of the reference does', () => {
    const $defs = {
      d: { anyOf: [{ type: 'string' }, { type: 'object', properties: { a: { $ref: '#/$defs/d' } } }] },
    }
    let both = { fits: 0, fails: 0 }
    fc.assert(
      fc.property(schema, value, (part, value) => {
        const whole = { $defs, type: 'object', properties: { x: part } }
        const expected = new Validator(structuredClone(whole) as Schema, '2020-12').validate({
          x: value,
        }).valid
        both = expected ? { ...both, fits: both.fits + 1 } : { ...both, fails: both.fails + 1 }
        expect(readSchema(whole).checker().check({ x: value }) === undefined).toBe(expected)
      }),
      { numRuns: 800 },
    )
    expect(Math.min(both.fits, both.fails)).toBeGreaterThan(100)
  })

  it.each<[object, unknown, boolean]>([
    [{ minimum: 1, exclusiveMinimum: true }, 1, false],
    [{ minimum: 1, exclusiveMinimum: true }, 2, true],
    [{ minimum: 1, exclusiveMinimum: false }, 1, true],
    [{ maximum: 1, exclusiveMaximum: true }, 1, false],
    [{ exclusiveMinimum: true }, -5, true],
    [{ items: [{ type: 'string' }], additionalItems: false }, ['a'], true],
    [{ items: [{ type: 'string' }], additionalItems: false }, ['a', 1], false],
    [{ dependencies: { b: ['c'] } }, { b: 1 }, false],
    [{ multipleOf: 0.1 }, 0.3, true],
    [{ multipleOf: 1e-8 }, 12391239123, true],
    [
      { uniqueItems: true },
      [
        { x: 1, y: 2 },
        { y: 2, x: 1 },
      ],
      false,
    ],
    [{ uniqueItems: true }, [1, '1', true, 'true', null, 'null'], true],
    [{ minItems: 2 }, [1], false],
    [{ maxItems: 1 }, [1, 2], false],
    [{ contains: { type: 'number' } }, ['a', 1], true],
    [{ contains: { type: 'number' } }, ['a'], false],
    [{ contains: { type: 'number' }, minContains: 2 }, [1, 'a'], false],
    [{ contains: { type: 'number' }, minContains: 0 }, ['a'], true],
    [{ contains: { type: 'number' }, maxContains: 1 }, [1, 2], false],
    [{ contains: { type: 'number' }, maxContains: 2 }, [1, 2], true],
    [{ prefixItems: [{ type: 'number' }], unevaluatedItems: false }, [1], true],
    [{ prefixItems: [{ type: 'number' }], unevaluatedItems: false }, [1, 2], false],
    [{ contains: { type: 'number' }, unevaluatedItems: { type: 'string' } }, [1, 'a'], true],
    [{ contains: { type: 'number' }, unevaluatedItems: { type: 'string' } }, [1, true], false],
    [{ unevaluatedItems: { type: 'string' } }, ['a', 'b'], true],
    [{ allOf: [{ prefixItems: [true, true] }], unevaluatedItems: false }, [1, 'a'], true],
    [{ enum: [{ x: [1] }] }, { x: [1] }, true],
    [{ example: { id: 'a', $ref: 'none' } }, 1, true],
    [{ 'x-extra': { $ref: '#/none' }, examples: [{ $id: 'not a uri' }] }, 1, true],
  ])('%j of %j is %j', (schema, value, expected) => {
    expect(fits(schema, value)).toBe(expected)
  })

  it.each<[string, object, unknown, string]>([
    [
      'a long enum',
      { enum: Array.from({ length: 15_000 }, (_, n) => `value-${n}`) },
      'none',
      '(15000 values)',
    ],
    ['long values', { enum: ['a'.repeat(100_000)] }, 'none', '…'],
    ['a long constant', { const: { a: 'a'.repeat(100_000) } }, 'none', '…'],
    ['a long name', { additionalProperties: false }, { ['a'.repeat(100_000)]: 1 }, '…'],
    [
      'a long number of branches',
      { anyOf: Array.from({ length: 5000 }, (_, n) => ({ const: n })) },
      'none',
      'anyOf',
    ],
  ])('of %s fails in few words', (_, schema, value, words) => {
    const mismatch = readSchema({ type: 'object', properties: { a: schema } })
      .checker()
      .check({ a: value })
    expect(mismatch?.message).toContain(words)
    expect(JSON.stringify(mismatch).length).toBeLessThan(1000)
  })

  it('names what is deepest in the branch that comes closest', () => {
    const branch = (kind: string, more: object) => ({
      type: 'object',
      properties: { kind: { const: kind }, ...more },
    })
    const anyOf = [{ type: 'string' }, branch('a', { size: { properties: { width: { type: 'number' } } } })]
    const { check } = readSchema({ type: 'object', properties: { shape: { anyOf } } }).checker()
    expect(check({ shape: { kind: 'a', size: { width: 'w' } } })?.path).toEqual(['shape', 'size', 'width'])
  })
})

describe('references', () => {
  const chain = (length: number) => ({
    type: 'object',
    properties: { a: { $ref: '#/$defs/0' } },
    $defs: Object.fromEntries(
      Array.from({ length: length + 1 }, (_, n) => [
        n,
        n === length ? { type: 'string' } : { $ref: `#/$defs/${n + 1}` },
      ]),
    ),
  })

  it('may be chained', () => {
    expect(readSchema(chain(400)).checker().check({ a: 1 })?.path).toEqual(['a'])
  })

  it('may be chained further than a check follows them, without harm', () => {
    expect(readSchema(chain(20_000)).checker().check({ a: 1 })?.message).toMatch(
      /^The schema cannot be applied/,
    )
  })

  it('may lead into a schema with its own address', () => {
    const $defs = {
      inner: { $id: 'https://example.com/inner', $defs: { text: { type: 'string' } }, $ref: '#/$defs/text' },
    }
    const { check } = readSchema({
      type: 'object',
      $defs,
      properties: { a: { $ref: 'https://example.com/inner' } },
    }).checker()
    expect(check({ a: 'x' })).toBeUndefined()
    expect(check({ a: 1 })?.path).toEqual(['a'])
  })
})

describe('what the SDK validates by', () => {
  it('checks the answers of clients, without expressions of a library', () => {
    const requested = {
      type: 'object',
      properties: { site: { type: 'string', format: 'url' }, mail: { type: 'string', format: 'email' } },
    }
    const validate = jsonSchemaValidator.getValidator(requested)
    expect(validate({ site: 'https://example.com', mail: 'a@b.c' })).toMatchObject({ valid: true })
    expect(validate({ mail: 'none' })).toMatchObject({
      valid: false,
      errorMessage: 'mail: String does not match format "email".',
    })
    // the library took longer than anybody waits for 40 characters
    expect(validate({ site: `http://${'a'.repeat(5000)}` })).toMatchObject({ valid: true })
    expect(validate({ site: `http://${'a'.repeat(2 ** 20)}` })).toMatchObject({ valid: false })
  })
})

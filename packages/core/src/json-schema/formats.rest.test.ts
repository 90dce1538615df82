import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { format as reference } from '@cfworker/json-schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formats, MOST_CHARACTERS, readSchema } from './index.ts'

const examples: Record<string, string[]> = {
  date: ['2024-02-29', '2023-02-29', '2000-02-29', '1900-02-29', '2024-13-01', '2024-04-31', '2024-1-1'],
  time: [
    '10:00:00Z',
    '23:59:60Z',
    '22:59:60Z',
    '00:59:60+01:00',
    '24:00:00Z',
    '10:00:00',
    '10:00:00.123+01:30',
    '10:00:00z',
  ],
  'date-time': [
    '2024-01-01T10:00:00Z',
    '2024-01-01 10:00:00Z',
    '2024-01-01t10:00:00.5-01:00',
    '2024-01-01T10:00:00',
  ],
  duration: ['P1W', 'P1Y2M3DT4H5M6S', 'P1YT6S', 'PT', 'P', 'P1Y3D', 'PT1H6S', 'P1D', 'PT36H', 'P1W2D'],
  uri: [
    'https://example.com/a?b#c',
    'urn:isbn:1',
    'mailto:a@b.c',
    '//x/y',
    '/x',
    'http://[::1]:80/',
    'http://a b',
    'https://u:p@h:1/%41',
    'http://h:x/',
  ],
  'uri-reference': ['', '/a/b', '#f', '?q', 'a:b', '1:b', '//h:80/x', '//[v1.a]/', 'a%2', 'a\\b', 'a"b'],
  'uri-template': ['/a/{b}', '{?x,y*}', '{+p:3}', '{', '}', '{}', '/a%2', '{a.b}', '{a..b}', "a'b"],
  email: [
    'a@b.c',
    '"a b"@c.d',
    'a@[127.0.0.1]',
    'a@[IPv6:::1]',
    '.a@b',
    'a..b@c',
    'a@',
    '@b',
    'a@b@c',
    '"@"@b',
  ],
  hostname: ['a.b', '-a', 'a-', 'localhost', `${'a'.repeat(64)}.b`, 'a..b', '', 'ä.de'],
  ipv4: ['127.0.0.1', '256.1.1.1', '1.1.1', '01.1.1.1', '1.1.1.1.1'],
  ipv6: [
    '::',
    '::1',
    '1::',
    '1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7::',
    '1::2:3:4:5:6:7:8',
    '::1.2.3.4',
    '1:2:3:4:5:6:1.2.3.4',
    ':::',
    '1:::2',
    '::1%1',
    '1.2.3.4::',
    '12345::',
  ],
  regex: ['^a$', '(', '\\Z', 'a\\Z', '[a-z'],
  uuid: ['123e4567-e89b-12d3-a456-426614174000', '123e4567e89b12d3a456426614174000'],
  'json-pointer': ['', '/', '/a~0~1', '/a~2', 'a', '/a~'],
  'json-pointer-uri-fragment': ['#', '#/a', '#/%41', '#/%4', '#a', '/a', '#/~2'],
  'relative-json-pointer': ['0', '1/a', '01', '0#', '2#a', '-1', '1/~2', ''],
}

const parts = fc.constantFrom(
  '%',
  ':',
  '/',
  '@',
  '[',
  ']',
  '.',
  '-',
  '~',
  '0',
  '1',
  'a',
  'F',
  '{',
  '}',
  '"',
  '#',
  '?',
  'T',
  'Z',
  '+',
  ',',
  '*',
  ' ',
  '\\',
  'é',
  '\n',
)

/** Valid texts, and what is near them. */
const nearby = (format: string) =>
  fc
    .tuple(fc.constantFrom(...examples[format]!), fc.array(parts, { maxLength: 3 }), fc.nat(40), fc.nat(3))
    .map(([text, added, at, removed]) => text.slice(0, at) + added.join('') + text.slice(at + removed))

/** Where the reference is at odds with RFC 3986 about brackets, quotes and what is empty behind a scheme. */
const isQuirk = (format: string, text: string): boolean => /^uri/.test(format) && /\[|"|:$|:[?#]/.test(text)

describe('formats', () => {
  it('are all of those that the reference checks, and `url`', () => {
    expect([...formats.keys()].sort()).toEqual(Object.keys(reference).sort())
    expect(Object.keys(examples).sort()).toEqual(
      Object.keys(reference)
        .filter((name) => name !== 'url')
        .sort(),
    )
  })

  it.each(Object.keys(examples))('%s accepts what the reference does', (format) => {
    const check = formats.get(format)!
    for (const text of examples[format]!)
      expect([text, check(text)]).toEqual([text, reference[format]!(text)])
    fc.assert(
      fc.property(nearby(format), (text) => {
        if (!isQuirk(format, text)) expect([text, check(text)]).toEqual([text, reference[format]!(text)])
      }),
      { numRuns: 3000 },
    )
  })

  it.each([
    ['https://example.com/a', true],
    ['ftp://user:pw@example.com:21', true],
    ['http://münchen.example/ü', true],
    ['http://localhost:3000', true],
    ['http://93.184.216.34/', true],
    ['https://', false],
    ['http:///a', false],
    ['javascript:alert(1)', false],
    ['mailto:a@b.c', false],
    ['http://a b.example', false],
    [' http://example.com', false],
    ['example.com', false],
    ['http://example.com:99999/', false],
  ])('url: %s is %s', (text, isUrl) => {
    expect(formats.get('url')!(text)).toBe(isUrl)
  })
})

describe('a hostile text', () => {
  it('of 1 MiB is checked by every format, to the end', async () => {
    const script = `
      import { formats } from ${JSON.stringify(new URL('../../dist/json-schema/index.js', import.meta.url).href)}
      const [size, pieces] = [2 ** 20, ['a', 'a.', 'a-', 'a@', '1', '1.', '1:', '%41', '%', '/', '/a', '//', '{a}', '{a,', '{', '~0', '~', '"', '\\\\"', ' ', 'é', '(a', '[', '@', ':', '::', '#', '?', 'T', '1Y', '0D', '(?:', 'a*', 'Z', '\\\\Z']]
      const starts = ['', 'http://', 'https://a', 'a:', '//', '//[', 'P', 'PT', '"', '{?', '#/', '0/', 'a@', '2024-01-01T', '10:00:00.']
      const ends = ['', '!', '\\n', '@', ' ', '%', '{']
      let runs = 0
      for (const [name, check] of formats) {
        for (const piece of pieces) for (let turn = 0; turn < 3; turn++) {
          const start = starts[runs % starts.length]
          const text = start + piece.repeat(Math.ceil(size / piece.length)).slice(0, size) + ends[runs % ends.length]
          if (typeof check(text) !== 'boolean') throw new Error(name)
          runs++
        }
      }
      console.log(runs)`
    const child = spawn(process.execPath, ['--input-type=module', '--stack-size=500', '-e', script])
    // without linear checks, the first of them would not end
    const giveUp = setTimeout(() => child.kill('SIGKILL'), 100_000)
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    const [code] = await once(child, 'exit')
    clearTimeout(giveUp)
    expect([code, Number(output)]).toEqual([0, formats.size * 35 * 3])
  }, 120_000)

  it.each([...formats.keys(), 'pattern'])('that is longer than allowed never reaches %s', (format) => {
    const properties = { a: format === 'pattern' ? { pattern: '^(a+)+$' } : { format } }
    const { check } = readSchema({ type: 'object', properties }).checker()
    const mismatch = check({ a: `http://${'a'.repeat(MOST_CHARACTERS)}` })
    expect(mismatch).toEqual({
      path: ['a'],
      message: expect.stringContaining(`longer than ${MOST_CHARACTERS}`),
    })
  })

  it('is counted, however many of them come', () => {
    const items = { type: 'string', pattern: 'a.*b' }
    const { check } = readSchema({ type: 'object', properties: { list: { type: 'array', items } } }).checker()
    const list = Array.from({ length: 100 }, () => 'a'.repeat(MOST_CHARACTERS))
    expect(check({ list: ['ab'] })).toBeUndefined()
    expect(check({ list: list.map((text) => `${text.slice(1)}b`) })?.message).toBe('Takes too long to check')
  })

  it('as a name is not run through patterns', () => {
    const patternProperties = { 'a.*b': { type: 'number' } }
    const { check } = readSchema({ type: 'object', patternProperties, additionalProperties: false }).checker()
    expect(check({ ab: 1 })).toBeUndefined()
    expect(check({ [`${'a'.repeat(MOST_CHARACTERS)}b`]: 1 })?.message).toMatch(
      /^Property "a{100}…" is not allowed/,
    )
  })
})

it('no package that is published checks by the expressions of a library', () => {
  for (const name of ['core', 'tools']) {
    const { dependencies } = JSON.parse(
      readFileSync(new URL(`../../../${name}/package.json`, import.meta.url), 'utf8'),
    )
    expect(Object.keys(dependencies)).not.toContain('@cfworker/json-schema')
  }
})

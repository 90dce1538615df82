import { describe, expect, it } from 'vitest'

/**
 * The options of an app factory, which names itself, the option and what is allowed.
 *
 * @param name - The name of the factory.
 * @param limit - Its option for the largest body.
 */
export function describeAppOptions(name: string, limit: string, create: (options: object) => unknown): void {
  describe(`the options of ${name}`, () => {
    it('are known ones', () => {
      expect(() => create({ allowedHost: ['mcp.example.com'] })).toThrow(
        new TypeError(`${name}: there is no option "allowedHost": did you mean allowedHosts?`),
      )
    })

    it('have the right type', () => {
      expect(() => create({ allowedHosts: 'mcp.example.com' })).toThrow(`${name}: allowedHosts must be `)
      expect(() => create({ cors: true })).toThrow(`${name}: cors must be an object (got true)`)
      expect(() => create({ [limit]: 0 })).toThrow(
        `${name}: ${limit} must be a number of bytes greater than 0`,
      )
    })

    it('may be undefined', () => {
      expect(() => create({ allowedHosts: undefined, cors: undefined, [limit]: undefined })).not.toThrow()
    })
  })
}

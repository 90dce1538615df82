/** Compiles nothing. */
class NoAjv {
  getSchema(): undefined {}

  compile(): never {
    throw new Error('There is no Ajv in this bundle: give the server a jsonSchemaValidator')
  }
}

/**
 * Stands in for `ajv` and `ajv-formats` in a bundle: an alias of both spares it 135 kB. The SDK's classes import
 * them, and generate code with them, which Workers forbid; what Portico's `McpServer` validates, it validates
 * without. A server of the SDK that is given no `jsonSchemaValidator` throws when it is to validate.
 */
export default function Ajv(): NoAjv {
  return new NoAjv()
}

export { Ajv }

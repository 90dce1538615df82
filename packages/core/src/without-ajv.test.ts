import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

const WITHOUT_AJV = fileURLToPath(new URL('without-ajv.ts', import.meta.url))
const BINDINGS = fileURLToPath(new URL('http/bindings.ts', import.meta.url))

const NO_AJV = { ajv: WITHOUT_AJV, 'ajv-formats': WITHOUT_AJV }

/** The text of a bundle as Workers take it. */
async function bundled(contents: string, alias: Record<string, string> = NO_AJV): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'ts' },
    // Sources are bundled, whether or not the package is built.
    alias: { '#bindings': BINDINGS, ...alias },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    // Without workerd, whose modules Node cannot import.
    conditions: ['worker', 'import'],
  })
  return outputFiles[0]?.text ?? ''
}

const imported = async (text: string): Promise<Record<string, never>> =>
  import(/* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(text).toString('base64')}`)

describe('a bundle without Ajv', () => {
  it('answers, and is far smaller than the SDK with Ajv beside it', async () => {
    const text = await bundled(`
      import { createMcpHandler, McpServer } from './index.ts'
      export const handler = createMcpHandler(() => new McpServer({ name: 'worker', version: '1' }))`)
    const { handler } = await imported(text)
    const request = new Request('http://localhost/mcp', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
    })
    const response: Response = await (handler as { fetch: typeof fetch }).fetch(request)
    expect(await response.json()).toEqual({ jsonrpc: '2.0', id: 1, result: {} })
    const withAjv = await bundled(
      `import { createMcpHandler } from './index.ts'
      import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
      export const handler = createMcpHandler(() => new McpServer({ name: 'worker', version: '1' }))`,
      {},
    )
    expect(text.length).toBeLessThan(withAjv.length - 100_000)
  })

  it('lets a server of the SDK start, and says what is missing once it is to validate', async () => {
    const { Server, AjvJsonSchemaValidator } = await imported(
      await bundled(`
        export { Server } from '@modelcontextprotocol/sdk/server/index.js'
        export { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv-provider.js'`),
    )
    const build = Server as unknown as new (info: object) => object
    expect(new build({ name: 'notes', version: '1' })).toBeDefined()
    const Validator = AjvJsonSchemaValidator as unknown as new () => { getValidator(schema: object): unknown }
    expect(() => new Validator().getValidator({ type: 'object' })).toThrow(
      'There is no Ajv in this bundle: give the server a jsonSchemaValidator',
    )
  })
})

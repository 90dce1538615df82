import { z } from 'zod'

const echoShape = () => ({ text: z.string() })

const searchShape = () => ({ query: z.string(), limit: z.number().optional() })

const shapes = (count: number) =>
  Array.from({ length: count }, (_, index) => (index ? searchShape() : echoShape()))

const kept = new Map<number, ReturnType<typeof shapes>>()
const keptObjects = new Map<number, z.ZodObject[]>()

/** Raw shapes of as many tools: always the same ones, or new ones. */
export function shapesOf(count: number, schemas: 'module' | 'factory'): z.ZodRawShape[] {
  if (schemas === 'factory') return shapes(count)
  if (!kept.has(count)) kept.set(count, shapes(count))
  return kept.get(count)!
}

/** The same as objects, for servers that take no raw shapes. */
export function objectsOf(count: number, schemas: 'module' | 'factory'): z.ZodObject[] {
  const objects = (): z.ZodObject[] => shapesOf(count, schemas).map((shape) => z.object(shape))
  if (schemas === 'factory') return objects()
  if (!keptObjects.has(count)) keptObjects.set(count, objects())
  return keptObjects.get(count)!
}

export const toolName = (index: number): string => (index ? `search-${index}` : 'echo')

export const DESCRIPTION = 'One of the tools that are measured'

export const echo = async ({
  text,
}: {
  text?: unknown
}): Promise<{ content: { type: 'text'; text: string }[] }> => ({
  content: [{ type: 'text', text: String(text) }],
})

/** Registers tools on anything with the `registerTool` of an SDK. */
export function register(server: unknown, inputs: readonly unknown[]): void {
  const target = server as { registerTool(name: string, config: object, handler: unknown): unknown }
  inputs.forEach((inputSchema, index) => {
    target.registerTool(toolName(index), { description: DESCRIPTION, inputSchema }, echo)
  })
}

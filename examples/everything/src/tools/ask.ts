import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { ElicitRequestFormParams, ElicitResult } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { text } from './text.ts'

type Form = ElicitRequestFormParams['requestedSchema']

const user: Form = {
  type: 'object',
  properties: {
    username: { type: 'string', description: "User's response" },
    email: { type: 'string', description: "User's email address" },
  },
  required: ['username', 'email'],
}

const defaults: Form = {
  type: 'object',
  properties: {
    name: { type: 'string', default: 'John Doe' },
    age: { type: 'integer', default: 30 },
    score: { type: 'number', default: 95.5 },
    status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
    verified: { type: 'boolean', default: true },
  },
}

const options = ['option1', 'option2', 'option3']
const titled = [
  { const: 'value1', title: 'First' },
  { const: 'value2', title: 'Second' },
  { const: 'value3', title: 'Third' },
]

const enums: Form = {
  type: 'object',
  properties: {
    untitledSingle: { type: 'string', enum: options },
    titledSingle: { type: 'string', oneOf: titled },
    legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['One', 'Two', 'Three'] },
    untitledMulti: { type: 'array', items: { type: 'string', enum: options } },
    titledMulti: { type: 'array', items: { anyOf: titled } },
  },
}

const prompt = { prompt: z.string().describe('What to ask the model') }
const message = { message: z.string().describe('What to ask the user') }

/** Registers tools that ask the client's model or its user. */
export function registerAskingTools(server: McpServer): void {
  const sample = async (prompt: string): Promise<string> => {
    const { content } = await server.server.createMessage({
      messages: [{ role: 'user', content: { type: 'text', text: prompt } }],
      maxTokens: 100,
    })
    return content.type === 'text' ? content.text : content.type
  }

  server.registerTool(
    'test_sampling',
    { description: 'Asks the model', inputSchema: prompt },
    async ({ prompt }) => text(`LLM response: ${await sample(prompt)}`),
  )

  server.registerTool('test_missing_capability', { description: 'Needs a client that samples' }, async () =>
    text(await sample('Say hello')),
  )

  server.registerTool(
    'test_elicitation',
    { description: 'Asks the user', inputSchema: message },
    async ({ message }) =>
      text(`User response: ${answerOf(await server.server.elicitInput({ message, requestedSchema: user }))}`),
  )

  const forms = {
    test_elicitation_sep1034_defaults: defaults,
    test_elicitation_sep1330_enums: enums,
    test_streaming_elicitation: user,
  }
  for (const [name, requestedSchema] of Object.entries(forms)) {
    server.registerTool(name, { description: 'Asks the user to fill in a form' }, async () => {
      const answer = await server.server.elicitInput({ message: 'Please fill in the form', requestedSchema })
      return text(`Elicitation completed: ${answerOf(answer)}`)
    })
  }
}

function answerOf({ action, content }: ElicitResult): string {
  return `action=${action}, content=${JSON.stringify(content ?? {})}`
}

import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type {
  CreateMessageRequestParamsBase,
  ElicitRequestFormParams,
} from '@modelcontextprotocol/sdk/types.js'
import { acceptedContent, inputRequired, inputResponses } from '@portico-mcp/core'
import { z } from 'zod'
import { text } from './text.ts'

const askName = form('What is your name?', { name: { type: 'string' } })
const askColor = form('What is your favorite color?', { color: { type: 'string' } })
const confirm = form('Please confirm', { ok: { type: 'boolean' } })
const askCapital = question('What is the capital of France?')
const askGreeting = question('Generate a greeting')

/** Registers tools that cannot answer before the client has. */
export function registerInputTools(mcp: McpServer): void {
  const { server } = mcp
  const register = (name: string, description: string, answer: () => Promise<string>): void => {
    mcp.registerTool(`test_input_required_result_${name}`, { description }, async () => text(await answer()))
  }

  mcp.registerTool(
    'test_input_required_result_elicitation',
    { description: 'Greets the user by name' },
    async (extra) => {
      const accepted = acceptedContent(inputResponses(extra), 'user_name', z.object({ name: z.string() }))
      if (accepted) return text(`Hello, ${accepted.name}!`)
      return inputRequired({ inputRequests: { user_name: inputRequired.elicit(askName) } })
    },
  )

  register('sampling', 'Asks the model for a capital', async () => {
    const { content } = await server.createMessage(askCapital)
    return JSON.stringify(content)
  })

  register('list_roots', "Lists the client's roots", async () => {
    const { roots } = await server.listRoots()
    return roots.map(({ uri }) => uri).join('\n')
  })

  for (const name of ['request_state', 'tampered_state']) {
    register(name, 'Asks the user to confirm', async () => {
      const { action } = await server.elicitInput(confirm)
      return `state-ok: ${action}`
    })
  }

  register('multiple_inputs', 'Asks the user, the model and for the roots at once', async () => {
    const answers = await Promise.all([
      server.elicitInput(askName),
      server.createMessage(askGreeting),
      server.listRoots(),
    ])
    return JSON.stringify(answers)
  })

  register('multi_round', 'Asks the user twice', async () => {
    const first = await server.elicitInput(askName)
    const second = await server.elicitInput(askColor)
    return `${first.content?.name} likes ${second.content?.color}`
  })

  register('capabilities', 'Asks only what the client can answer', async () => {
    const { elicitation, sampling } = server.getClientCapabilities() ?? {}
    const answers = await Promise.all([
      elicitation && server.elicitInput(askName),
      sampling && server.createMessage(askCapital),
    ])
    return JSON.stringify(answers)
  })
}

function form(
  message: string,
  properties: ElicitRequestFormParams['requestedSchema']['properties'],
): ElicitRequestFormParams {
  return { message, requestedSchema: { type: 'object', properties, required: Object.keys(properties) } }
}

function question(prompt: string): CreateMessageRequestParamsBase {
  return { messages: [{ role: 'user', content: { type: 'text', text: prompt } }], maxTokens: 100 }
}

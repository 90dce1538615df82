import { completable } from '@modelcontextprotocol/sdk/server/completable.js'
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { ElicitRequestFormParams, PromptMessage } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { PNG } from './media.ts'

const words = ['testValue1', 'test', 'paris', 'party']

const twoArguments = {
  arg1: completable(z.string().describe('The first argument'), (value) =>
    words.filter((word) => word.startsWith(value)),
  ),
  arg2: z.string().describe('The second argument'),
}
const resource = { resourceUri: z.string().describe('URI of the resource to embed') }

const askContext: ElicitRequestFormParams = {
  message: 'What context should the prompt use?',
  requestedSchema: {
    type: 'object',
    properties: { context: { type: 'string' } },
    required: ['context'],
  },
}

/** Registers the prompts. */
export function registerPrompts(server: McpServer): void {
  server.registerPrompt('test_simple_prompt', { description: 'Has no arguments' }, async () => ({
    messages: [says('This is a simple prompt for testing.')],
  }))

  server.registerPrompt(
    'test_prompt_with_arguments',
    { description: 'Has two arguments; the first is completed', argsSchema: twoArguments },
    async ({ arg1, arg2 }) => ({
      messages: [says(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)],
    }),
  )

  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'Embeds a resource', argsSchema: resource },
    async ({ resourceUri: uri }) => ({
      messages: [
        {
          role: 'user',
          content: {
            type: 'resource',
            resource: { uri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' },
          },
        },
        says('Please process the embedded resource above.'),
      ],
    }),
  )

  server.registerPrompt('test_prompt_with_image', { description: 'Shows an image' }, async () => ({
    messages: [
      { role: 'user', content: { type: 'image', data: PNG, mimeType: 'image/png' } },
      says('Please analyze the image above.'),
    ],
  }))

  server.registerPrompt('test_input_required_result_prompt', { description: 'Asks the user' }, async () => {
    const { content } = await server.server.elicitInput(askContext)
    return { messages: [says(`Use this context: ${content?.context}`)] }
  })
}

function says(text: string): PromptMessage {
  return { role: 'user', content: { type: 'text', text } }
}

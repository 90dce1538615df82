import { type Audit, must, Skip, should } from '../../audit.ts'
import { callTool } from '../../call.ts'
import type { Client } from '../../client.ts'
import { expect, expectStatus, getResult, getText, getToolResult } from '../../expect.ts'
import type { Reply } from '../../reply.ts'

const MEGABYTE = 1024 * 1024
const LARGE = 5 * MEGABYTE
const CHUNK = 64 * 1024
const ATTEMPTS = 5

/** A good request, but for its size. */
function largeInit(client: Client): RequestInit {
  return client.modernInit('server/discover', { padding: 'x'.repeat(LARGE) }, {}).init
}

function chunked(text: string): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  let offset = 0
  return new ReadableStream({
    pull(controller) {
      if (offset >= bytes.length) return controller.close()
      controller.enqueue(bytes.slice(offset, offset + CHUNK))
      offset += CHUNK
    },
  })
}

function streamingInit(client: Client): RequestInit {
  const init = largeInit(client)
  return { ...init, body: chunked(init.body as string), duplex: 'half' } as RequestInit
}

/** A connection that is closed without a word is noticed by the second request, not by the first. */
function servesOn(id: `modern/limits/${string}`, what: string, init: (client: Client) => RequestInit): Audit {
  return must(id, 'A1.8', `serves the next requests after one ${what}`, async (client) => {
    await expectTooLarge(client, init)
    for (let request = 0; request < 3; request++) getResult(await client.modern('server/discover'))
  })
}

async function expectTooLarge(client: Client, init: (client: Client) => RequestInit): Promise<Reply> {
  const reply = await sendPatiently(client, init)
  if (reply.status === 200) throw new Skip(`the server takes bodies of ${LARGE / MEGABYTE} MiB`)
  expectStatus(reply, 413)
  return reply
}

// a server may close a connection that is still sending (RFC 9110 §15.5.14), which can hide its answer
async function sendPatiently(client: Client, init: (client: Client) => RequestInit): Promise<Reply> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.send(init(client))
    } catch (error) {
      if (!(error instanceof TypeError) || attempt === ATTEMPTS) throw error
    }
  }
}

export const limits: Audit[] = [
  should(
    'modern/limits/declared-length',
    'A2.9',
    'answers 413 to a body that says it is too large',
    async (client) => {
      await expectTooLarge(client, largeInit)
    },
  ),
  should('modern/limits/error', 'A7.5', 'says in JSON-RPC that a body is too large', async (client) => {
    const { messages, text } = await expectTooLarge(client, largeInit)
    expect(messages[0]?.error !== undefined, 'a JSON-RPC error', text)
  }),
  servesOn('modern/limits/after-declared-length', 'that said it was too large', largeInit),
  should('modern/limits/large-enough', 'A2.9', 'takes a body of a megabyte', async (client) => {
    const text = 'ü'.repeat(MEGABYTE / 2)
    const result = getToolResult(await callTool(client, 'audit_echo', { text }))
    expect(getText(result) === text, 'the text back', 'another')
  }),
  should(
    'modern/limits/undeclared-length',
    'A2.9',
    'answers 413 to a body that turns out to be too large',
    async (client) => {
      await expectTooLarge(client, streamingInit)
    },
  ),
  servesOn('modern/limits/after-undeclared-length', 'that turned out to be too large', streamingInit),
]

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import {
  callTool,
  type Example,
  officialClients,
  runCommand,
  startExample,
  textOf,
} from '@portico-example/testing/examples'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

type Answer = { action: 'accept' | 'decline' | 'cancel'; content?: Record<string, string> }

const info = { name: 'shopper', version: '1' }
const STATE_KEY = 'a key that both processes of this shop have'

let shops: Example[]
beforeAll(async () => {
  shops = await Promise.all([startExample('ask', { STATE_KEY }), startExample('ask', { STATE_KEY })])
})
afterAll(() => Promise.all((shops ?? []).map((shop) => shop.stop())))

/** A client whose user answers one question after the other; its requests go to the shops in turn. */
async function shopper(answers: Answer[], urls: string[]): Promise<{ client: Client; asked: string[] }> {
  const asked: string[] = []
  const versionNegotiation = { mode: { pin: '2026-07-28' } }
  const client = new Client(info, { capabilities: { elicitation: {} }, versionNegotiation })
  client.setRequestHandler('elicitation/create', async ({ params }) => {
    asked.push(params.message)
    return answers.shift() as Answer
  })
  let turn = 0
  const fetchInTurn: typeof fetch = (_, init) => fetch(urls[turn++ % urls.length]!, init)
  await client.connect(new StreamableHTTPClientTransport(new URL(urls[0]!), { fetch: fetchInTurn }))
  return { client, asked }
}

const charges = async (client: Client): Promise<string> => textOf(await callTool(client, 'charges'))

describe('an order', () => {
  it('asks twice and charges once', async () => {
    const answers: Answer[] = [
      { action: 'accept' },
      { action: 'accept', content: { email: 'ann@example.com' } },
    ]
    const { client, asked } = await shopper(answers, [shops[0]!.url])
    const result = await callTool(client, 'order', { item: 'coffee' })
    expect(textOf(result)).toMatch(/^Receipt \d+ for coffee goes to ann@example\.com$/)
    expect(asked).toEqual(['Charge 20 for coffee?', 'Where does the receipt go?'])
    expect((await charges(client)).split(', ').filter((item) => item === 'coffee')).toHaveLength(1)
    await client.close()
  })

  it('goes on in another process, which knows nothing of it', async () => {
    const answers: Answer[] = [{ action: 'accept' }, { action: 'decline' }]
    const { client } = await shopper(
      answers,
      shops.map(({ url }) => url),
    )
    expect(textOf(await callTool(client, 'order', { item: 'milk' }))).toMatch(/goes to nobody$/)
    await client.close()
    const both = await Promise.all(
      shops.map(async ({ url }) => {
        const { client } = await shopper([], [url])
        const charged = await charges(client)
        await client.close()
        return charged
      }),
    )
    expect(
      both
        .join(', ')
        .split(', ')
        .filter((item) => item === 'milk'),
    ).toHaveLength(1)
  })

  it('that is declined charges nothing', async () => {
    const { client } = await shopper([{ action: 'decline' }], [shops[0]!.url])
    expect(textOf(await callTool(client, 'order', { item: 'gold' }))).toBe('Nothing was ordered')
    expect(await charges(client)).not.toContain('gold')
    await client.close()
  })

  it('of a 2025-era client without a session fails at once, and says why', async () => {
    const client = await officialClients['1.x']!(shops[0]!.url)
    expect(await callTool(client, 'order', { item: 'tea' })).toMatchObject({ isError: true })
    await client.close()
  })
})

it('prints a curl that is answered with a question and a sealed state', async () => {
  const [, command] = await shops[0]!.prints(/state:\n(curl[\s\S]*?}')\n/)
  const { result } = await runCommand(command!)
  expect(result).toMatchObject({ resultType: 'input_required', requestState: expect.any(String) })
  expect(Object.values(result.inputRequests)).toMatchObject([{ method: 'elicitation/create' }])
})

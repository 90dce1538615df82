import { Client, type ClientCapabilities, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { onTestFinished } from 'vitest'
import type { McpHttpHandler } from '../handler.ts'
import { json, modern, URL_UNDER_TEST } from './requests.ts'

export const ALL_CAPABILITIES = {
  elicitation: { form: {}, url: {} },
  sampling: { tools: {} },
  roots: {},
} satisfies ClientCapabilities

/** How a client answers, by method; a list is used up from its beginning. */
export interface Answers {
  'elicitation/create'?: object[] | ((params: any) => object)
  'sampling/createMessage'?: object[]
  'roots/list'?: object[]
}

/** The official 2.x client, connected for 2026-07-28; `posts` are the bodies of its requests. */
export async function connectClient(
  handler: Pick<McpHttpHandler, 'fetch'>,
  answers: Answers,
): Promise<{ client: Client; posts: any[]; asked: any[] }> {
  const posts: unknown[] = []
  const asked: unknown[] = []
  const client = new Client(
    { name: 'official', version: '2' },
    { capabilities: ALL_CAPABILITIES, versionNegotiation: { mode: { pin: '2026-07-28' } } },
  )
  for (const [method, given] of Object.entries(answers)) {
    client.setRequestHandler(
      method as 'roots/list',
      (async ({ params }: any) => {
        asked.push(params)
        return typeof given === 'function' ? given(params) : given.shift()
      }) as never,
    )
  }
  const fetch = (async (input: string, init: RequestInit) => {
    const request = new Request(input, init)
    if (request.method === 'POST') posts.push(await request.clone().json())
    return handler.fetch(request)
  }) as typeof globalThis.fetch
  await client.connect(new StreamableHTTPClientTransport(new URL(URL_UNDER_TEST), { fetch }))
  onTestFinished(() => client.close())
  return { client, posts, asked }
}

export const accept = (content?: object): object => ({ action: 'accept', content })

/** Calls by hand, and retries with the state that came. */
export function caller(
  handler: Pick<McpHttpHandler, 'fetch'>,
  params: Record<string, unknown>,
  { method = 'tools/call', capabilities = ALL_CAPABILITIES as object, authInfo = undefined as any } = {},
): (more?: object) => Promise<any> {
  const meta = { 'io.modelcontextprotocol/clientCapabilities': capabilities }
  return (more = {}) =>
    json(handler.fetch(modern(method, { params: { ...params, ...more }, meta }), { authInfo }))
}

/** The inputResponses to an interim result, each made from its question. */
export const answersTo = ({ inputRequests }: any, answer: (question: any) => object): object =>
  Object.fromEntries(Object.entries(inputRequests).map(([key, question]) => [key, answer(question)]))

import { expect } from 'vitest'
import type { Application } from './application.ts'
import type { Open, Opened } from './clients.ts'
import type { Person } from './person.ts'

/** Comes without a token, has somebody sign in, and connects. */
export async function signIn(
  open: Open,
  url: URL,
  application: Application,
  person: Person,
): Promise<Opened> {
  const stranger = open(url, { authProvider: application })
  await expect(stranger.connect()).rejects.toThrow('Unauthorized')
  await stranger.finishAuth(await person.signIn(application.authorizationUrl))
  const opened = open(url, { authProvider: application })
  await opened.connect()
  return opened
}

/** What a tool says, which is JSON. */
export async function callTool(client: Opened['client'], name: string): Promise<unknown> {
  const { content } = (await client.callTool({ name })) as { content: { text: string }[] }
  return JSON.parse(content[0]!.text)
}

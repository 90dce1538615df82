import { afterAll, describe, expect, it } from 'vitest'
import { createApplication } from './testing/application.ts'
import { callTool, signIn } from './testing/call-tool.ts'
import { clients } from './testing/clients.ts'
import { ownUsers, startEmbedded, usersOfProvider } from './testing/embedded.ts'
import { createPerson } from './testing/person.ts'
import { closeServers } from './testing/server.ts'

afterAll(closeServers)

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe.each([
  ['users of its own', ownUsers],
  ['the users of a provider', usersOfProvider],
])('an endpoint that issues its own tokens, for %s', (_, users) => {
  it.concurrent.each(Object.entries(clients))(
    'the official client %s registers, signs in, refreshes what has expired, and steps up',
    async (_, open) => {
      const { resource, paths } = await startEmbedded(users, { tokenTTL: 4 })
      const application = createApplication()
      const ann = createPerson('ann')

      const { client, finishAuth } = await signIn(open, new URL(resource), application, ann)
      expect(paths).toEqual(
        expect.arrayContaining([
          '/.well-known/oauth-authorization-server',
          '/oauth/register',
          '/oauth/authorize',
        ]),
      )
      const asked = Object.fromEntries(application.authorizationUrl.searchParams)
      expect(asked).toMatchObject({ code_challenge_method: 'S256', resource, scope: 'notes:read' })
      const me = {
        identity: { id: 'ann', iss: new URL(resource).origin, aud: resource, scope: 'notes:read' },
      }
      expect(await callTool(client, 'whoami')).toMatchObject(me)

      await pause(4100)
      paths.length = 0
      expect(await callTool(client, 'whoami')).toMatchObject(me)
      expect(paths).toContain('/oauth/token')
      expect(paths).not.toContain('/oauth/authorize')

      await expect(client.callTool({ name: 'purge-notes' })).rejects.toThrow('Unauthorized')
      expect(application.authorizationUrl.searchParams.get('scope')).toContain('notes:read notes:write')
      await finishAuth(await ann.signIn(application.authorizationUrl))
      expect(await client.callTool({ name: 'purge-notes' })).toMatchObject({ content: [{ text: 'Purged' }] })
      await client.close()
    },
    60_000,
  )

  it.concurrent.each(Object.entries(clients))(
    'C6.1: the official client %s is known by its document, and does not register',
    async (_, open) => {
      const clientMetadataUrl = 'https://app.example.com/client.json'
      const application = Object.assign(createApplication(), { clientMetadataUrl })
      const document = { ...application.clientMetadata, client_id: clientMetadataUrl }
      const { resource, paths } = await startEmbedded(users, {
        // that host is not on this machine
        fetch: async (url, init) =>
          String(url) === clientMetadataUrl ? Response.json(document) : fetch(url, init),
        lookup: async () => ['93.184.216.34'],
      })
      const { client } = await signIn(open, new URL(resource), application, createPerson('ann'))
      expect(await callTool(client, 'whoami')).toMatchObject({
        identity: { id: 'ann', client_id: clientMetadataUrl },
      })
      expect(paths).not.toContain('/oauth/register')
      await client.close()
    },
    60_000,
  )

  it.concurrent('pain 15: ten calls at once with an expired token sign nobody out', async () => {
    const { resource } = await startEmbedded(users, { tokenTTL: 4 })
    const application = createApplication()
    const { client } = await signIn(
      clients['2.x, 2026-07-28'],
      new URL(resource),
      application,
      createPerson('ann'),
    )
    await pause(4100)
    const answers = await Promise.all(Array.from({ length: 10 }, () => callTool(client, 'whoami')))
    expect(answers).toHaveLength(10)
    for (const answer of answers) expect(answer).toMatchObject({ identity: { id: 'ann' } })
    await client.close()
  })
})

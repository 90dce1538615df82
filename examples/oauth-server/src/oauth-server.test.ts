import { type Example, startExample } from '@portico-example/testing/examples'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let example: Example

beforeAll(async () => {
  example = await startExample('oauth-server')
})
afterAll(() => example?.stop())

/** Signs in as somebody, with what a browser does, and answers the consent page; resolves to where that leads. */
async function signIn(url: URL, name: string, decision: string): Promise<string> {
  const toLogin = await fetch(url, { redirect: 'manual' })
  const login = new URL(toLogin.headers.get('location')!, url)
  const signedIn = await fetch(login, {
    method: 'POST',
    body: new URLSearchParams({ name }),
    redirect: 'manual',
  })
  const cookies = signedIn.headers.getSetCookie().map(nameAndValue)
  const page = await fetch(signedIn.headers.get('location')!, { headers: { cookie: cookies.join('; ') } })
  cookies.push(...page.headers.getSetCookie().map(nameAndValue))
  const html = await page.text()
  expect(html).toContain('Diary client wants to use the diary')
  const [, action] = /<form method="post" action="([^"]+)"/.exec(html)!
  const [, transaction] = /name="transaction" value="([^"]+)"/.exec(html)!
  const answer = await fetch(action!, {
    method: 'POST',
    body: new URLSearchParams({ transaction: transaction!, decision }),
    headers: { cookie: cookies.join('; ') },
    redirect: 'manual',
  })
  return answer.headers.get('location')!
}

const nameAndValue = (cookie: string): string => cookie.split(';')[0]!

describe('the diary that issues its own tokens', () => {
  it('has the official client sign its user in, by the URL that it prints, and knows who calls', async () => {
    const [url] = await example.prints(/http\S+\/oauth\/authorize\S+/)
    const location = await signIn(new URL(url), 'ann', 'allow')
    expect(await (await fetch(location)).text()).toContain('You can close this page')
    const [said] = await example.prints(/The diary says to the client: .*/)
    expect(said).toContain('You are ann')
  })

  it('lets nobody in without a token, and says where tokens come from', async () => {
    const response = await fetch(example.url, { method: 'POST' })
    expect(response.status).toBe(401)
    const [, metadata] = /resource_metadata="([^"]+)"/.exec(response.headers.get('www-authenticate')!)!
    const document = await (await fetch(metadata!)).json()
    expect(document).toMatchObject({ authorization_servers: [new URL(example.url).origin] })
  })

  it('sends nobody who signs in to another site', async () => {
    const response = await fetch(new URL('/login?to=https://evil.example/', example.url))
    expect(response.status).toBe(404)
  })
})

describe('the diary whose client is denied', () => {
  let alone: Example
  beforeAll(async () => {
    alone = await startExample('oauth-server')
  })
  afterAll(() => alone?.stop())

  it('says so, and stops when it is told to, with code 0', async () => {
    const [url] = await alone.prints(/http\S+\/oauth\/authorize\S+/)
    const location = await signIn(new URL(url), 'ann', 'deny')
    await fetch(location)
    await alone.prints(/The client did not get in/)
    expect(await alone.stop()).toBe(0)
  })
})

import {
  callTool,
  type Example,
  officialClients,
  runCommand,
  startExample,
  textOf,
} from '@portico-example/testing/examples'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let example: Example
beforeAll(async () => {
  example = await startExample('gated-tools')
})
afterAll(() => example?.stop())

const READ = ['list-campaigns', 'get-campaign']
const ALL = [...READ, 'activate-campaign']

describe.each(Object.entries(officialClients))('to the official client %s', (_, connect) => {
  const as = (who: string) => connect(example.url, { authorization: `Bearer token-of-${who}` })

  it.each([
    ['ann', ALL, '["spring","summer"]'],
    ['bob', READ, '["spring","summer"]'],
    ['eve', READ, '["winter"]'],
  ])('shows %s what is for her or him', async (who, names, campaigns) => {
    const client = await as(who)
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(names)
    expect(textOf(await callTool(client, 'list-campaigns'))).toBe(campaigns)
    await client.close()
  })

  it('lets a tool that is not listed not be called either', async () => {
    const bob = await as('bob')
    const refused = await callTool(bob, 'activate-campaign', { name: 'spring', active: false })
    expect(refused.isError).toBe(true)
    expect(textOf(refused)).toContain('campaigns:write')
    await bob.close()
  })

  it('gates a call by what it asks for', async () => {
    const ann = await as('ann')
    const activate = async (name: string, active: boolean) =>
      callTool(ann, 'activate-campaign', { name, active })
    expect(textOf(await activate('spring', true))).toBe('No more than 1 campaign may run')
    expect(JSON.parse(textOf(await activate('spring', false)))).toEqual({
      name: 'spring',
      active: false,
      by: 'ann',
    })
    expect((await activate('spring', true)).isError).not.toBe(true)
    await ann.close()
  })

  it('finds nothing of another tenant', async () => {
    const eve = await as('eve')
    const missing = await callTool(eve, 'get-campaign', { name: 'spring' })
    expect([missing.isError, textOf(missing)]).toEqual([true, '{"error":"No such campaign"}'])
    await eve.close()
  })
})

describe('the campaigns', () => {
  it('print a curl that works, and depends on its token', async () => {
    const [, command] = await example.prints(/(curl[\s\S]*?}')\n/)
    const toolsOf = async (command: string) => (await runCommand(command)).result.tools.length
    expect(await toolsOf(command!)).toBe(3)
    expect(await toolsOf(command!.replace('ann', 'bob'))).toBe(2)
  })

  it('stop when they are told to, with code 0', async () => {
    expect(await (await startExample('gated-tools')).stop()).toBe(0)
  })
})

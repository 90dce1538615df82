import { McpServer } from '@portico-mcp/core'
import { createGatedToolRegistrar } from '@portico-mcp/tools'
import { z } from 'zod'

interface Campaign {
  tenant: string
  active: boolean
}

const tenants = new Map([
  ['ann', 'acme'],
  ['bob', 'acme'],
  ['eve', 'other'],
])

const campaigns = new Map<string, Campaign>([
  ['spring', { tenant: 'acme', active: true }],
  ['summer', { tenant: 'acme', active: false }],
  ['winter', { tenant: 'other', active: false }],
])

const MOST_ACTIVE = 1

const one = { name: z.string().describe('Which campaign') }

/** Builds a server whose tools know who calls, and for whom. */
export function createCampaigns(): McpServer {
  const server = new McpServer({ name: 'campaigns', version: '1.0.0' })
  const { register } = createGatedToolRegistrar({
    server,
    buildContext: ({ identity }) => ({ tenant: tenants.get(identity.userId)! }),
    onError: (error, { handler, identity }) => console.error(`${handler} of ${identity.userId}:`, error),
    notFoundMessage: 'No such campaign',
  })

  register({
    name: 'list-campaigns',
    description: 'List the campaigns of your tenant',
    requiredScope: 'campaigns:read',
    method: ({ tenant }) => [...campaigns].filter(([, one]) => one.tenant === tenant).map(([name]) => name),
  })

  register({
    name: 'get-campaign',
    description: 'Tell whether a campaign runs',
    requiredScope: 'campaigns:read',
    inputSchema: one,
    method: ({ name, tenant }) => find(name, tenant),
  })

  register({
    name: 'activate-campaign',
    description: 'Start or stop a campaign',
    requiredScope: 'campaigns:write',
    inputSchema: { ...one, active: z.boolean() },
    gates: [
      ({ args, identity }) => {
        if (args.active) mustHaveRoom(tenants.get(identity.userId)!)
      },
    ],
    method: ({ name, active, tenant, userId }) => {
      const campaign = find(name, tenant)
      if (!campaign) return
      campaign.active = active
      return { name, active, by: userId }
    },
  })

  return server
}

function find(name: string, tenant: string): Campaign | undefined {
  const campaign = campaigns.get(name)
  return campaign?.tenant === tenant ? campaign : undefined
}

function mustHaveRoom(tenant: string): void {
  const active = [...campaigns.values()].filter((one) => one.tenant === tenant && one.active)
  if (active.length >= MOST_ACTIVE) throw new Error(`No more than ${MOST_ACTIVE} campaign may run`)
}

import { networkOf } from '@portico-mcp/core/serving'

/**
 * Who a session counts for where room is made: its owner, or where nobody has signed in, the network that it
 * came from, as far as that is known.
 */
export function holderOf(owner: string, clientAddress: string | undefined): string {
  if (owner !== '') return `owner ${owner}`
  return clientAddress === undefined ? '' : `network ${networkOf(clientAddress)}`
}

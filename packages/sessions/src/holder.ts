/**
 * Who a session counts for where room is made: its owner, or where nobody has signed in, the network that it
 * came from, as far as that is known.
 */
export function holderOf(owner: string, clientAddress: string | undefined): string {
  if (owner !== '') return `owner ${owner}`
  return clientAddress === undefined ? '' : `network ${networkOf(clientAddress)}`
}

const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/** An IPv4 address itself, or the /64 of an IPv6 one: one client may use any address in it (RFC 6177). */
function networkOf(address: string): string {
  const [, ipv4] = MAPPED_IPV4.exec(address) ?? []
  if (ipv4 !== undefined || !address.includes(':')) return ipv4 ?? address
  const [head = '', tail] = (address.split('%')[0] as string).split('::')
  const groups = head === '' ? [] : head.split(':')
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').length
  const all = [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...(tail?.split(':') ?? [])]
  const network = all.slice(0, 4).map((group) => Number.parseInt(group || '0', 16).toString(16))
  return network.join(':')
}

import { request } from 'node:http'
import { listen } from './server.ts'

/** A proxy that serves an origin below a path, and takes the path away; resolves to the address. */
export async function proxyBelow(path: string, origin: string): Promise<string> {
  const proxy = await listen(() => (incoming, outgoing) => {
    const target = new URL(incoming.url!.replace(path, ''), origin)
    // the shortest proxy names the upstream as the host, and adds nothing
    const headers = { ...incoming.headers, host: target.host, origin: incoming.headers.origin && origin }
    if (!headers.origin) delete headers.origin
    const passed = request(target, { method: incoming.method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.destroy())
    outgoing.on('close', () => passed.destroy())
    incoming.pipe(passed)
  })
  return `${proxy}${path}`
}

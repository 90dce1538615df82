import type { ServerResponse } from 'node:http'
import type { Served } from './subjects.ts'

/** The least that listening takes on `node:http`: a response that stays open, and what is written to all of them. */
export function serveBare(): Served {
  const open = new Set<ServerResponse>()
  const frame = (message: object) =>
    `event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`
  const _meta = { 'io.modelcontextprotocol/subscriptionId': 1 }
  return {
    node: (req, res) => {
      req.resume()
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      const method = 'notifications/subscriptions/acknowledged'
      res.write(frame({ method, params: { notifications: { toolsListChanged: true }, _meta } }))
      open.add(res)
      res.on('close', () => open.delete(res))
    },
    notify: () => {
      for (const res of open)
        res.write(frame({ method: 'notifications/tools/list_changed', params: { _meta } }))
    },
  }
}

import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import selfsigned from 'selfsigned'
import { expect, it } from 'vitest'
import { definition, rpc, serve } from './testing/serve.ts'

it('serves https with a key and a certificate', async () => {
  const { private: key, cert } = await selfsigned.generate([{ name: 'commonName', value: 'localhost' }])
  const { url, port } = await serve(definition(), { tls: { key, cert } })
  expect(url).toBe(`https://127.0.0.1:${port}/mcp`)
  const answer = await new Promise<string>((resolve, reject) => {
    const options = {
      method: 'POST',
      ca: cert,
      servername: 'localhost',
      checkServerIdentity: () => undefined,
    }
    request(url, { ...options, headers: { 'content-type': 'application/json' } }, (response) => {
      text(response).then(resolve, reject)
    })
      .on('error', reject)
      .end(JSON.stringify(rpc('ping')))
  })
  expect(JSON.parse(answer)).toEqual({ jsonrpc: '2.0', id: 1, result: {} })
})

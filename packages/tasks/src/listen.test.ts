import { afterEach, expect, it } from 'vitest'
import { serve, text } from './testing/serve.ts'

let close: (() => Promise<void>) | undefined
afterEach(() => close?.())

async function* frames(response: Response): AsyncGenerator<any> {
  let buffer = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    buffer += chunk
    const parts = buffer.split('\n\n')
    buffer = parts.pop() as string
    for (const part of parts) {
      const data = part.split('\n').find((line) => line.startsWith('data: '))
      if (data) yield JSON.parse(data.slice(6))
    }
  }
}

it('sends every change of the tasks that a client listens to, and names those that are its own', async () => {
  let finish = () => {}
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  const served = serve(
    (server) =>
      void server.registerTool('slow', {}, async () => {
        await finished
        return text('done')
      }),
    { tools: { slow: { support: 'required' } } },
  )
  close = served.handler.close
  const { taskId } = await served.call('slow')
  const response = await served.send('subscriptions/listen', {
    notifications: { taskIds: [taskId, 'unknown'] },
  })
  const stream = frames(response)
  const { value: acknowledged } = await stream.next()
  expect(acknowledged.params.notifications).toEqual({ taskIds: [taskId] })
  finish()
  const { value: changed } = await stream.next()
  expect(changed).toMatchObject({
    method: 'notifications/tasks',
    params: { taskId, status: 'completed', result: text('done') },
  })
  expect(changed.params._meta['io.modelcontextprotocol/subscriptionId']).toBe(
    acknowledged.params._meta['io.modelcontextprotocol/subscriptionId'],
  )
  await stream.return(undefined)
})

it('refuses to listen to tasks for a client that does not declare the extension', async () => {
  const served = serve((server) => void server.registerTool('slow', {}, async () => text('done')))
  close = served.handler.close
  const response = await served.send(
    'subscriptions/listen',
    { notifications: { taskIds: [] } },
    { capabilities: {} },
  )
  expect([response.status, (await response.json()).error.code]).toEqual([400, -32021])
})

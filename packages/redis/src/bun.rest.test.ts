import { fileURLToPath } from 'node:url'
import { describeContractProcess } from '@portico-example/testing/contract-process'
import { inModules } from '@portico-example/testing/runtimes'
import { eventStoreContract, sessionBusContract, sessionStoreContract } from '@portico-mcp/sessions/contract'
import { taskStoreContract } from '@portico-mcp/tasks/contract'
import { afterAll, beforeAll } from 'vitest'
import { describeRedis, freePort, RedisServer } from './testing/redis-server.ts'

describeRedis("by Bun's own client", () => {
  let server: RedisServer
  let lostPort: number
  beforeAll(async () => {
    server = await RedisServer.start()
    lostPort = await freePort()
  })
  afterAll(() => server?.stop())

  describeContractProcess(
    {
      command: inModules('bun/bin/bun.exe'),
      args: ['run', fileURLToPath(new URL('testing/bun-contracts.ts', import.meta.url))],
      env: () => ({ REDIS_URL: server.url, LOST_URL: `redis://127.0.0.1:${lostPort}` }),
    },
    {
      'the session store': sessionStoreContract,
      'the event store': eventStoreContract,
      'the task store': taskStoreContract,
      'the bus': sessionBusContract,
      'the client': [
        { id: 'bun/rate-limit', title: 'counts a client on all nodes together' },
        { id: 'bun/subscribes-again', title: 'subscribes again where its connection is lost' },
        { id: 'bun/closed', title: 'rejects after it is closed' },
      ],
    },
  )
})

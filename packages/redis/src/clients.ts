import { createClient, createCluster, type RedisClientOptions } from 'redis'
import type { RedisConnectionSettings } from './options.ts'
import { shown } from './redis-error.ts'

/** What stores ask of Redis; one server and a Cluster answer it alike. */
export interface RedisCommands {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  exists(key: string): Promise<number>
  unlink(keys: string | string[]): Promise<number>
  pExpire(key: string, ms: number): Promise<number>
  set(
    key: string,
    value: string,
    options: { condition: 'NX'; expiration: { type: 'PX'; value: number } },
  ): Promise<string | null>
  xRange(key: string, start: string, end: string): Promise<{ id: string; message: Record<string, string> }[]>
  zRange(key: string, min: number, max: number): Promise<string[]>
  zRem(key: string, members: string[]): Promise<number>
}

/** What listens to channels. */
export interface RedisSubscriber {
  subscribe(channels: string | string[], listener: (message: string, channel: string) => void): Promise<void>
  unsubscribe(
    channels: string | string[],
    listener: (message: string, channel: string) => void,
  ): Promise<void>
}

/** A client that is opened once, and given up for another where it fails. */
export interface Openable {
  connect(): Promise<unknown>
  destroy(): void
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** A client of commands. */
export type CommandClient = RedisCommands & Openable

/** A client of one server, which listens or asks. */
export type ServerClient = CommandClient & RedisSubscriber & { ping(): Promise<string> }

/** Makes a client of the server at a URL, not yet open. It never comes back by itself. */
export function serverClient(settings: RedisConnectionSettings, url: string): ServerClient {
  const { client, timeoutMs } = settings
  return made(settings, () =>
    createClient({
      ...clientOptions(settings),
      url,
      socket: { ...client.socket, connectTimeout: timeoutMs, reconnectStrategy: false } as never,
    }),
  ) as unknown as ServerClient
}

/** Makes a client of a Cluster, not yet open. Once open, it finds lost nodes, and new ones, by itself. */
export function clusterClient(settings: RedisConnectionSettings): CommandClient {
  const { client, timeoutMs, urls } = settings
  const { username, password, protocol } = new URL(urls[0] as string)
  return made(settings, () =>
    createCluster({
      rootNodes: urls.map((url) => ({ url })),
      minimizeConnections: true,
      defaults: {
        ...(username && { username: decodeURIComponent(username) }),
        ...(password && { password: decodeURIComponent(password) }),
        ...clientOptions(settings),
        pingInterval: timeoutMs,
        socket: {
          ...(protocol === 'rediss:' && { tls: true }),
          ...client.socket,
          connectTimeout: timeoutMs,
          socketTimeout: 2 * timeoutMs,
          reconnectStrategy: backoff,
        } as never,
      },
    }),
  ) as unknown as CommandClient
}

/** Milliseconds until the next attempt: doubling from 50 to 2000, and not all nodes at once. */
export const backoff = (attempt: number): number =>
  Math.min(2000, 50 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2)

// replies that nobody waits for any more are bounded by this, too
const MAX_COMMANDS_IN_FLIGHT = 100_000

const clientOptions = ({ client }: RedisConnectionSettings): RedisClientOptions => ({
  ...client,
  RESP: 3,
  disableOfflineQueue: true,
  // the link has its own
  commandOptions: { timeout: 0 },
  commandsQueueMaxLength: MAX_COMMANDS_IN_FLIGHT,
  maintNotifications: 'disabled',
})

// what it throws itself would hold the URL
function made<Client>({ secrets }: RedisConnectionSettings, make: () => Client): Client {
  try {
    return make()
  } catch (error) {
    throw shown(error, secrets)
  }
}

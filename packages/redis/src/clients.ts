import { createClient, createCluster, type RedisClientOptions } from 'redis'
import type { RedisConnectionSettings } from './options.ts'
import { toRedisError } from './redis-error.ts'

/** The commands that the stores use. They are the same for one server and a Cluster. */
export interface RedisCommands {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  exists(key: string): Promise<number>
  hmGet(key: string, fields: string[]): Promise<(string | null)[]>
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

/** A client that subscribes to channels. */
export interface RedisSubscriber {
  subscribe(channels: string | string[], listener: (message: string, channel: string) => void): Promise<void>
  unsubscribe(
    channels: string | string[],
    listener: (message: string, channel: string) => void,
  ): Promise<void>
}

/** A client that is opened once. If it fails, it is replaced by another one. */
export interface Openable {
  connect(): Promise<unknown>
  destroy(): void
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** A client that runs commands. */
export type CommandClient = RedisCommands & Openable

/** A client of one server, which runs commands or subscribes to channels. */
export type ServerClient = CommandClient & RedisSubscriber & { ping(): Promise<string> }

/** Creates a client of the server at a URL. It is not connected, and never reconnects by itself. */
export function serverClient(settings: RedisConnectionSettings, url: string): ServerClient {
  const { client, timeoutMs } = settings
  return createSafely(settings, () =>
    createClient({
      ...clientOptions(settings),
      url,
      socket: { ...client.socket, connectTimeout: timeoutMs, reconnectStrategy: false } as never,
    }),
  ) as unknown as ServerClient
}

/** Creates a client of a Cluster. It is not connected. Once it is, it finds lost and new nodes by itself. */
export function clusterClient(settings: RedisConnectionSettings): CommandClient {
  const { client, timeoutMs, urls } = settings
  const { username, password, protocol } = new URL(urls[0] as string)
  return createSafely(settings, () =>
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

/**
 * Computes the milliseconds until the next attempt: doubling from 50 to 2000, with jitter so that nodes do not
 * reconnect at the same time.
 */
export const backoff = (attempt: number): number =>
  Math.min(2000, 50 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2)

// This also limits the replies that arrive after their commands have timed out.
const MAX_COMMANDS_IN_FLIGHT = 100_000

const clientOptions = ({ client }: RedisConnectionSettings): RedisClientOptions => ({
  ...client,
  RESP: 3,
  disableOfflineQueue: true,
  // ManagedClient has its own timeout.
  commandOptions: { timeout: 0 },
  commandsQueueMaxLength: MAX_COMMANDS_IN_FLIGHT,
  maintNotifications: 'disabled',
})

// The original error would contain the URL.
function createSafely<Client>({ secrets }: RedisConnectionSettings, make: () => Client): Client {
  try {
    return make()
  } catch (error) {
    throw toRedisError(error, secrets)
  }
}

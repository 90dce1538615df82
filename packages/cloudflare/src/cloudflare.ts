import type { ServerEventBus } from '@portico-mcp/core'
import { optionRules, type Rules, reporter, validateOptions } from '@portico-mcp/core/internal'
import type { RateLimitStore } from '@portico-mcp/guard'
import type { EventStore, SessionBus, SessionStore } from '@portico-mcp/sessions'
import type { TaskQueue, TaskStore } from '@portico-mcp/tasks'
import { DurableEventBus } from './client/event-bus.ts'
import { DurableEventStore, type DurableEventStoreOptions } from './client/event-store.ts'
import { nameOAuthObject, nameSessionObject } from './client/names.ts'
import { Objects } from './client/objects.ts'
import { DurableRateLimitStore } from './client/rate-limit-store.ts'
import { DurableSessionBus } from './client/session-bus.ts'
import { DurableSessionStore, type DurableSessionStoreOptions } from './client/session-store.ts'
import { Shards } from './client/shards.ts'
import { DurableTaskQueue, type DurableTaskQueueOptions } from './client/task-queue.ts'
import { DurableTaskStore } from './client/task-store.ts'
import type { ObjectNamespace } from './platform.ts'

/** Options of {@link cloudflare}. */
export interface CloudflareOptions {
  /**
   * The beginning of the names of all objects: letters, digits and `-_.:`. Services that share a namespace need
   * different ones. @defaultValue `portico`
   */
  prefix?: string | undefined
  /**
   * The number of objects that carry changes, from 1 to 64. Each change is sent to all of them, and each open stream
   * listens to one, which takes about 30,000. All Workers of a service need the same number. @defaultValue 4
   */
  changeObjects?: number | undefined
  /** Milliseconds that a call of an object may take. After that, it rejects. @defaultValue 5000 */
  timeoutMs?: number | undefined
  /**
   * Called when a change could not be published, when a listener loses its object, and with errors of listeners. What it
   * throws is ignored.
   */
  onerror?: ((error: Error) => void) | undefined
}

/** What Portico's packages need to share, on Durable Objects. */
export interface Cloudflare {
  /** For `createMcpHandler`: carries changes to the open streams on every isolate. */
  readonly bus: ServerEventBus
  /** Carries messages between the isolates that serve a session. Create one for each request. */
  sessionBus(): SessionBus
  /** Stores sessions, each in its own object. */
  sessionStore(options?: DurableSessionStoreOptions): SessionStore
  /** Stores the events of streams, so that clients can resume them. Create one for each request. */
  eventStore(options?: DurableEventStoreOptions): EventStore
  /** For `withRateLimit`: stores the token bucket of each client in its own object. */
  readonly rateLimitStore: RateLimitStore
  /** For `oauthServer`: stores its records in 64 objects. */
  readonly oauthStore: SessionStore
  /**
   * For `tasks()`: stores each task in its own object, and the list of each owner in one. The limit of all tasks is
   * ignored, the one of an owner holds exactly.
   */
  readonly taskStore: TaskStore
  /** For `tasks()`: runs each task in its own object, started by an alarm. */
  taskQueue(options?: DurableTaskQueueOptions): TaskQueue
}

const RULES: Rules<keyof CloudflareOptions> = {
  prefix: optionRules.keyPrefix,
  changeObjects: optionRules.integerFrom(1, 64),
  timeoutMs: optionRules.timerMs(1),
  onerror: optionRules.callback,
}

/**
 * Shares sessions and changes between all isolates of a Worker, in Durable Objects of the class {@link PorticoObject}.
 * Nothing is called or timed before a request comes, so that it may be used at module scope.
 *
 * @param namespace - The binding of the class, such as `env.PORTICO`.
 * @param options - See {@link CloudflareOptions}.
 * @throws TypeError for an unknown option, and for a namespace that is not bound.
 * @throws RangeError if a number is out of range.
 */
export function cloudflare(namespace: ObjectNamespace, options: CloudflareOptions = {}): Cloudflare {
  if (!isNamespace(namespace)) {
    throw new TypeError(
      'cloudflare: namespace must be a binding of a Durable Object class, as env.PORTICO: bind PorticoObject in ' +
        'durable_objects of the configuration of wrangler',
    )
  }
  validateOptions('cloudflare', options, RULES)
  const { prefix = 'portico', changeObjects = 4, timeoutMs = 5000 } = options
  const objects = new Objects(namespace, { prefix, timeoutMs, report: reporter(options.onerror) })
  const changes = new Shards('changes', changeObjects)
  return {
    bus: new DurableEventBus(objects, changes),
    sessionBus: () => new DurableSessionBus(objects),
    sessionStore: (options) => new DurableSessionStore(objects, nameSessionObject, options),
    eventStore: (options) => new DurableEventStore(objects, changes, options),
    rateLimitStore: new DurableRateLimitStore(objects),
    taskQueue: (options) => new DurableTaskQueue(objects, prefix, options),
    taskStore: new DurableTaskStore(objects),
    oauthStore: new DurableSessionStore(objects, nameOAuthObject),
  }
}

const isNamespace = (value: unknown): boolean =>
  typeof (value as Partial<ObjectNamespace> | null | undefined)?.getByName === 'function'

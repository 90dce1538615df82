import type { UpstreamTransport } from '../relay/upstream-transport.ts'

/** The transport of a connection that a pool manages. */
export interface ManagedTransport extends UpstreamTransport {
  readonly failure: string
  /** The process; undefined for a remote server. */
  readonly pid: number | undefined
  /** What explains a failure; `''` if nothing does. */
  readonly lastLog: string
  /** Whether it keeps this process alive. */
  isActive: boolean
  /** Ends it at once. */
  kill(reason: string): void
}

/** How a connection is opened. */
export interface Launch {
  /** The same for launches that do not differ. */
  readonly key: string
  /** The name of the server in errors. */
  readonly name: string
  /** Whether 2026-07-28 is tried first on a connection that is shared. */
  readonly discovers: boolean
  createTransport(): ManagedTransport
}

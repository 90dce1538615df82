import { Duplex } from 'node:stream'

/** One end of a connection within the process. */
export class End extends Duplex {
  other!: End
  /** Whether the other end still reads what was written when this one is destroyed, as from a socket. */
  lingers = false
  private taken: (() => void) | undefined

  override _read(): void {
    const { taken } = this
    this.taken = undefined
    taken?.()
  }

  override _write(chunk: Buffer, _encoding: string, written: () => void): void {
    const { other } = this
    other.taken = written
    other.push(chunk)
    // An end that is destroyed takes nothing more. Writers must not wait for it.
    if (other.destroyed) other._read()
  }

  override _final(ended: () => void): void {
    this.other.push(null)
    ended()
  }

  override _destroy(error: Error | null, destroyed: (error: Error | null) => void): void {
    this._read()
    if (this.lingers) this.other.push(null)
    else if (!this.other.readableEnded) this.other.destroy()
    destroyed(error)
  }
}

/**
 * Both ends: what is written to one is read from the other, as fast as it is read. A client that is destroyed
 * resets the connection. A server that is destroyed has sent what it wrote: Node answers 400 and 431 that way.
 */
export function connectInMemory(): [client: End, server: End] {
  const client = new End()
  const server = new End()
  client.other = server
  server.other = client
  server.lingers = true
  return [client, server]
}

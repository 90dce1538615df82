import { Duplex } from 'node:stream'

/** One end of a connection within this process. */
export class ConnectionEnd extends Duplex {
  other!: ConnectionEnd
  /** Whether the other end still reads what was written when this one is destroyed, as from a socket. */
  flushesOnDestroy = false
  private onread: (() => void) | undefined

  override _read(): void {
    const { onread } = this
    this.onread = undefined
    onread?.()
  }

  override _write(chunk: Buffer, _encoding: string, written: () => void): void {
    const { other } = this
    other.onread = written
    other.push(chunk)
    // A destroyed end reads no more, so the writer must not wait for it.
    if (other.destroyed) other._read()
  }

  override _final(ended: () => void): void {
    this.other.push(null)
    ended()
  }

  override _destroy(error: Error | null, destroyed: (error: Error | null) => void): void {
    this._read()
    if (this.flushesOnDestroy) this.other.push(null)
    else if (!this.other.readableEnded) this.other.destroy()
    destroyed(error)
  }
}

/**
 * Creates both ends of a connection. What is written to one end is read from the other, with backpressure. Destroying the
 * client resets the connection. Destroying the server flushes what it wrote, as Node does after a 400 or 431.
 */
export function connectInMemory(): [client: ConnectionEnd, server: ConnectionEnd] {
  const client = new ConnectionEnd()
  const server = new ConnectionEnd()
  client.other = server
  server.other = client
  server.flushesOnDestroy = true
  return [client, server]
}

import { Duplex } from 'node:stream'

/** One end of a connection within the process. */
export class End extends Duplex {
  other!: End
  private taken: (() => void) | undefined

  override _read(): void {
    const { taken } = this
    this.taken = undefined
    taken?.()
  }

  override _write(chunk: Buffer, _encoding: string, written: () => void): void {
    this.other.taken = written
    this.other.push(chunk)
  }

  override _final(ended: () => void): void {
    this.other.push(null)
    ended()
  }

  override _destroy(error: Error | null, destroyed: (error: Error | null) => void): void {
    if (!this.other.readableEnded) this.other.destroy()
    destroyed(error)
  }
}

/** Both ends: what is written to one is read from the other, as fast as it is read. */
export function connectInMemory(): [near: End, far: End] {
  const near = new End()
  const far = new End()
  near.other = far
  far.other = near
  return [near, far]
}

import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Remembers the connections of a listener, to close those on which nothing has been sent. Browsers and clients open them
 * in advance, and Node does not count them as idle, so that they would hold up a stop.
 *
 * @param isTls - Whether the listener serves HTTPS.
 * @returns A function that closes them.
 */
export function trackUnusedConnections(listener: Server, isTls: boolean): () => void {
  /** How many bytes had come from each connection when it could be used: those of the TLS handshake. */
  const bytesBefore = new Map<Socket, number>()
  listener.on(isTls ? 'secureConnection' : 'connection', (socket: Socket) => {
    bytesBefore.set(socket, socket.bytesRead)
    socket.once('close', () => bytesBefore.delete(socket))
  })
  return () => {
    for (const [socket, before] of bytesBefore) if (socket.bytesRead === before) socket.destroy()
  }
}

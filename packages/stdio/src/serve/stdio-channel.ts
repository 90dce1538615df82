import type { Readable, Writable } from 'node:stream'
import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js'
import { Refusal } from '@portico-mcp/core'
import { errorMessage, readId, readMessage, toRefusal } from '@portico-mcp/core/internal'
import { LineReader } from '../process/read-lines.ts'

const INVALID_REQUEST = -32600

/** Listens to a {@link StdioChannel}. */
export interface ChannelListener {
  onmessage(message: JSONRPCMessage): void
  /** The client has closed its output, or does not read any more. */
  onend(): void
}

/** The client's end of standard input and output: a message a line. */
export class StdioChannel {
  readonly #input: Readable
  readonly #output: Writable
  readonly #maxMessageBytes: number
  readonly #listener: ChannelListener
  #isOver = false

  constructor(input: Readable, output: Writable, maxMessageBytes: number, listener: ChannelListener) {
    this.#input = input
    this.#output = output
    this.#maxMessageBytes = maxMessageBytes
    this.#listener = listener
  }

  /** Begins to read. */
  start(): void {
    const lines = new LineReader(this.#maxMessageBytes, (line, isCut) => this.#receive(line, isCut))
    this.#input.on('data', (chunk: Buffer) => lines.push(chunk))
    for (const name of ['end', 'close', 'error']) this.#input.once(name, () => this.#end())
    this.#output.on('error', () => this.#end())
  }

  /** Writes a message. While the client does not read, nothing more is read from it. */
  send(message: JSONRPCMessage): void {
    if (this.#output.destroyed || this.#output.writableEnded) return
    if (this.#output.write(`${JSON.stringify(message)}\n`) || this.#isOver) return
    this.#input.pause()
    this.#output.once('drain', () => this.#input.resume())
  }

  /** Stops reading, so that the process can end. */
  close(): void {
    this.#isOver = true
    this.#input.pause()
    this.#input.destroy()
  }

  #receive(line: string, isCut: boolean): void {
    if (isCut) this.#refuse(INVALID_REQUEST, `A message has more than ${this.#maxMessageBytes} bytes`)
    else if (line.trim() !== '') this.#read(line)
  }

  #read(line: string): void {
    let value: unknown
    try {
      value = parse(line)
      this.#listener.onmessage(readMessage(value))
    } catch (error) {
      const { code, message } = toRefusal(error)
      this.#refuse(code, message, readId(value))
    }
  }

  #refuse(code: number, message: string, id?: RequestId): void {
    this.send(errorMessage(id, { code, message, data: undefined }))
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#listener.onend()
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw new Refusal('parse-error', 'Parse error')
  }
}

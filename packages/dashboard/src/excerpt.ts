/** The beginning of a text, and how long all of it is. */
export class Excerpt {
  text = ''
  /** Bytes, or characters of what came as text. */
  size = 0
  isCut = false
  #limit: number
  #decoder: TextDecoder | undefined

  constructor(limit: number) {
    this.#limit = limit
  }

  add(text: string): void {
    const room = this.#roomFor(text.length)
    if (room > 0) this.text += text.length > room ? copied(text.slice(0, room)) : text
  }

  /** Adds a text of UTF-8 that is whole. */
  addText(bytes: Uint8Array): void {
    const room = this.#roomFor(bytes.byteLength)
    if (room > 0) this.text += whole.decode(bytes.subarray(0, room))
  }

  /** Adds a piece of a text of UTF-8. */
  addBytes(bytes: Uint8Array): void {
    const room = this.#roomFor(bytes.byteLength)
    if (room <= 0) return
    this.#decoder ??= new TextDecoder()
    this.text += this.#decoder.decode(bytes.subarray(0, room), { stream: true })
  }

  /** Gives up what it holds, and takes no more. */
  clear(): void {
    this.#limit = 0
    this.text = ''
  }

  #roomFor(length: number): number {
    const room = this.#limit - this.text.length
    this.size += length
    if (length > room) this.isCut = true
    return room
  }
}

// keeps nothing between whole texts, and is dear to make
const whole = new TextDecoder()

// a slice keeps the whole text that it was cut from
const copied = (text: string): string => whole.decode(new TextEncoder().encode(text))

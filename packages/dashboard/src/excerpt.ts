/** The beginning of a text, and the length of all of it. */
export class Excerpt {
  text = ''
  /** Characters, or bytes if it was added as bytes. */
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

  /** Adds a piece of text in UTF-8. */
  addBytes(bytes: Uint8Array): void {
    const room = this.#roomFor(bytes.byteLength)
    if (room <= 0) return
    this.#decoder ??= new TextDecoder()
    this.text += this.#decoder.decode(bytes.subarray(0, room), { stream: true })
  }

  /** Releases the text, and takes no more. */
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

// keeps no state between whole texts
const whole = new TextDecoder()

// V8 keeps the whole text that a slice was cut from
const copied = (text: string): string => whole.decode(new TextEncoder().encode(text))

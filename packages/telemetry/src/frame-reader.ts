const FRAME_END = /(?:\r\n|\n|\r(?!\n)){2}/
const LINE_END = /\r\n|\n|\r/

// characters of one event; longer events are skipped
const MAX_FRAME = 1024 * 1024

/** Creates a function that reads the data of server-sent events out of chunks. */
export function createFrameReader(ondata: (data: string) => void): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder()
  let rest = ''
  let skipping = false
  return (chunk) => {
    const frames = (rest + decoder.decode(chunk, { stream: true })).split(FRAME_END)
    rest = frames.pop() ?? ''
    for (const frame of frames) {
      if (!skipping) readFrame(frame, ondata)
      skipping = false
    }
    if (rest.length <= MAX_FRAME) return
    skipping = true
    // the end of the frame may have begun
    rest = rest.slice(-3)
  }
}

function readFrame(frame: string, ondata: (data: string) => void): void {
  const data = frame.split(LINE_END).filter((line) => line.startsWith('data:'))
  if (data.length > 0) ondata(data.map((line) => line.slice('data:'.length)).join('\n'))
}

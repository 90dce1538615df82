// a tab in the background gets no frames
const LONGEST_WAIT_MS = 250

/**
 * Creates a function that runs `work` before the next frame, once for all calls until then, so that thousands of
 * messages cost one rendering each frame.
 */
export function onNextFrame(work: () => void): () => void {
  let isDue = false
  return () => {
    if (isDue) return
    isDue = true
    const run = (): void => {
      if (!isDue) return
      isDue = false
      work()
    }
    requestAnimationFrame(run)
    setTimeout(run, LONGEST_WAIT_MS)
  }
}

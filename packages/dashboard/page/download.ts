const KEPT_MS = 10_000

/** Saves content as a file. Characters of the name that file systems reserve are replaced. */
export function download(name: string, type: string, content: string | Uint8Array<ArrayBuffer>): void {
  const address = URL.createObjectURL(new Blob([content], { type }))
  const link = document.createElement('a')
  link.href = address
  link.download = name.replace(/[^\w.-]+/g, '_').slice(-100) || 'download'
  link.click()
  // the browser reads it after the click
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS)
}

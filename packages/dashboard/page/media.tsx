import type { VNode } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { download } from './download.ts'
import { decodeBase64, mediaAddress } from './links.ts'

interface MediaProps {
  mimeType: unknown
  /** Base64. */
  data: unknown
  /** What the file is called when it is saved. */
  name: string
}

/** Binary content: shown if its type is known to be harmless, and to be saved. */
export function Media({ mimeType, data, name }: MediaProps): VNode {
  const type = String(mimeType).split(';')[0]?.trim().toLowerCase() ?? ''
  const bytes = useMemo(() => decodeBase64(data), [data])
  const kind = type.startsWith('audio/') ? 'audio' : 'image'
  const address = mediaAddress(kind, mimeType, data)
  return (
    <div class="card media-card">
      {address && kind === 'image' && (
        <img class="media" src={address} alt={`From the server, ${mimeType}`} />
      )}
      {address && kind === 'audio' && (
        // biome-ignore lint/a11y/useMediaCaption: the server gives none
        <audio class="media" controls src={address} aria-label={`From the server, ${mimeType}`} />
      )}
      {bytes && type === 'application/pdf' && <Pdf bytes={bytes} />}
      <div class="caption">
        {String(mimeType)}, {bytes ? sizeOf(bytes.length) : 'no data that is base64'}{' '}
        {bytes && (
          <button
            type="button"
            class="small"
            onClick={() => download(fileName(name, type), 'application/octet-stream', bytes)}
          >
            Download
          </button>
        )}
      </div>
    </div>
  )
}

/** A PDF, in the browser's own viewer. */
function Pdf({ bytes }: { bytes: Uint8Array<ArrayBuffer> }): VNode | null {
  const [address, setAddress] = useState<string | undefined>(undefined)
  useEffect(() => {
    const isPdf = new TextDecoder('latin1').decode(bytes.subarray(0, 5)) === '%PDF-'
    if (!isPdf) return undefined
    const made = URL.createObjectURL(new Blob([bytes], { type: 'application/pdf' }))
    setAddress(made)
    return () => URL.revokeObjectURL(made)
  }, [bytes])
  return address ? <iframe class="pdf" src={address} title="PDF from the server" /> : null
}

const EXTENSIONS: Record<string, string> = {
  'application/pdf': 'pdf',
  'application/zip': 'zip',
  'application/json': 'json',
  'image/jpeg': 'jpg',
  'image/svg+xml': 'svg',
  'audio/mpeg': 'mp3',
  'text/plain': 'txt',
}

/** Names a file by the last part of a URI, with an extension. */
function fileName(uri: string, type: string): string {
  const last = uri.split(/[?#]/)[0]?.split('/').at(-1) || 'download'
  if (/\.\w{1,5}$/.test(last)) return last
  const extension = EXTENSIONS[type] ?? /^\w+\/(\w{2,5})$/.exec(type)?.[1] ?? 'bin'
  return `${last}.${extension}`
}

const sizeOf = (bytes: number): string =>
  bytes < 1024
    ? `${bytes} bytes`
    : bytes < 1_048_576
      ? `${(bytes / 1024).toFixed(1)} kB`
      : `${(bytes / 1_048_576).toFixed(1)} MB`

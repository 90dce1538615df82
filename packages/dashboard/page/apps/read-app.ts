import { request } from '../access.ts'
import { isObject } from '../schema.ts'
import { type Described, lists } from '../server.ts'
import type { AppDocument } from './host.ts'

const MIME_TYPE = 'text/html;profile=mcp-app'

/** Returns the URI of the app that a tool has; undefined if it has none. */
export function appOf(tool: Described): string | undefined {
  const uri = tool._meta?.ui?.resourceUri ?? tool._meta?.['ui/resourceUri']
  return typeof uri === 'string' && uri.startsWith('ui://') ? uri : undefined
}

/** Reads the document of an app, with what it declares. */
export async function readApp(uri: string): Promise<AppDocument> {
  const { result, error } = await request('resources/read', { uri })
  if (error) throw new Error(error.message)
  const [contents] = result.contents ?? []
  if (contents?.mimeType !== MIME_TYPE) throw new Error(`${uri} is not of type ${MIME_TYPE}`)
  const listed = lists.resources.peek()?.items.find((resource) => resource.uri === uri)
  const { csp, permissions } = contents._meta?.ui ?? listed?._meta?.ui ?? {}
  return {
    html: typeof contents.text === 'string' ? contents.text : decode(String(contents.blob)),
    ...(isObject(csp) && { csp }),
    ...(isObject(permissions) && { permissions }),
  }
}

/** Sends a request of an app to the server. Tools that are for models alone are refused (MCP Apps, visibility). */
export async function requestForApp(method: string, params: any): Promise<any> {
  if (method === 'tools/call') {
    const tool = lists.tools.peek()?.items.find(({ name }) => name === params.name)
    const visibility = tool?._meta?.ui?.visibility
    if (Array.isArray(visibility) && !visibility.includes('app')) {
      throw new Error(`The tool ${params.name} is not visible to apps`)
    }
  }
  const { result, error } = await request(method, params)
  if (error) throw new Error(error.message)
  return result
}

/** The features that an app may ask for, as the `allow` attribute of a frame has them. */
export function listAllowed(permissions: object | undefined): string {
  const features: Record<string, string> = {
    camera: 'camera',
    microphone: 'microphone',
    geolocation: 'geolocation',
    clipboardWrite: 'clipboard-write',
  }
  return Object.keys(permissions ?? {})
    .flatMap((name) => (Object.hasOwn(features, name) ? `${features[name]} *` : []))
    .join('; ')
}

const decode = (base64: string): string =>
  new TextDecoder().decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)))

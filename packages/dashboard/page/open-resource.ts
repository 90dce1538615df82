import { benchOf } from './bench/bench.ts'
import { linkTo } from './place.ts'

/** Opens a resource of the server in its view, and reads it. */
export function openResource(uri: string): void {
  benchOf('resources', uri).start({ method: 'resources/read', params: { uri }, args: { uri } })
  location.hash = linkTo('resources', uri)
}

import { benchOf } from '../bench/bench.ts'
import { linkTo } from '../place.ts'
import type { Reading } from './read-exchange.ts'

/** Returns a function that opens the form of a request with its arguments; undefined if no form is for it. */
export function openInWorkbench({
  method,
  request,
}: Pick<Reading, 'method' | 'request'>): (() => void) | undefined {
  const { params } = ([request].flat()[0] ?? {}) as { params?: any }
  if (method === 'tools/call' && typeof params?.name === 'string') {
    return () => open('tools', params.name, params.arguments ?? {})
  }
  if (method === 'prompts/get' && typeof params?.name === 'string') {
    return () => open('prompts', params.name, params.arguments ?? {})
  }
  if (method === 'resources/read' && typeof params?.uri === 'string') {
    return () => {
      location.hash = linkTo('resources', params.uri)
    }
  }
  return undefined
}

function open(kind: 'tools' | 'prompts', name: string, args: unknown): void {
  benchOf(kind, name).replace(args)
  location.hash = linkTo(kind, name)
}

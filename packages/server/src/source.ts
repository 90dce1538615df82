import { createEndpoint, type Endpoint } from './endpoint.ts'
import type { HTTPServerInput } from './input.ts'
import type { Settings } from './read-options.ts'
import type { RequestTracker } from './request-tracker.ts'

/** What is served, and what ends with it. */
export interface Source {
  input: HTTPServerInput
  /** Called when the endpoint has been closed. */
  close?: (() => Promise<void>) | undefined
}

/** Creates the endpoint of a source. */
export async function createSourceEndpoint(
  { input, close }: Source,
  settings: Settings,
  tracker: RequestTracker,
  onerror: (error: Error) => void,
): Promise<Endpoint> {
  const endpoint = await createEndpoint(input, settings, tracker, onerror)
  if (!close) return endpoint
  return {
    ...endpoint,
    close: async (options) => {
      await endpoint.close(options)
      await close()
    },
  }
}

import type { Client } from './client.ts'
import { getLayer, type Layer } from './layers.ts'

/** How binding a requirement is. */
export type Level = 'MUST' | 'SHOULD' | 'MAY'

/** `modern` is 2026-07-28, `legacy` is everything that opens with `initialize`. */
export type Era = 'modern' | 'legacy'

/** One requirement of the protocol: what is sent, and what must be answered. */
export interface Audit {
  /** A permanent id, such as `modern/headers/missing-version`. */
  id: string
  /** The requirement's place in the list of sections. */
  section: string
  level: Level
  /** What can break the requirement: the handler, the adapter, or the platform that it runs on. */
  layer: Layer
  /** What a conforming server does, as a sentence. */
  title: string
  era: Era
  /** Resolves if the server conforms. Throws an error with what was expected and received, or a {@link Skip}. */
  run(client: Client): Promise<void>
}

/** Thrown by an audit that does not apply to the server. The message is the reason. */
export class Skip extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'Skip'
  }
}

type AuditId = `${Era}/${string}/${string}`
type Run = Audit['run']

export function must(id: AuditId, section: string, title: string, run: Run): Audit {
  return audit('MUST', id, section, title, run)
}

export function should(id: AuditId, section: string, title: string, run: Run): Audit {
  return audit('SHOULD', id, section, title, run)
}

export function may(id: AuditId, section: string, title: string, run: Run): Audit {
  return audit('MAY', id, section, title, run)
}

function audit(level: Level, id: AuditId, section: string, title: string, run: Run): Audit {
  const era = id.startsWith('modern/') ? 'modern' : 'legacy'
  return { id, section, level, layer: getLayer(id), title, era, run }
}

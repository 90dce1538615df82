import type { Audit, Era } from './audit.ts'
import { audits } from './audits.ts'
import type { Layer } from './layers.ts'
import { SECTIONS, sectionOf } from './sections.ts'

interface Choice {
  only?: string | readonly string[] | undefined
  era?: Era | undefined
  layer?: Layer | readonly Layer[] | undefined
}

/** The audits whose id begins with one of some prefixes, of one era or of both, and of some layers or of all. */
export function choose({ only = '', era, layer }: Choice): Audit[] {
  const prefixes = [only].flat()
  const layers = layer === undefined ? undefined : [layer].flat()
  return audits.filter(
    (audit) =>
      prefixes.some((prefix) => audit.id.startsWith(prefix)) &&
      (era === undefined || audit.era === era) &&
      (layers === undefined || layers.includes(audit.layer)),
  )
}

/** Audits in the order of a report, section after section, so that it can be printed as it comes. */
export function bySection(chosen: readonly Audit[]): Audit[] {
  const sections = Object.keys(SECTIONS)
  const placeOf = ({ section }: Audit): number => sections.indexOf(sectionOf(section))
  return [...chosen].sort((a, b) => placeOf(a) - placeOf(b))
}

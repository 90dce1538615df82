/** What the sections of a report are about; an audit belongs to the one that its section begins with. */
export const SECTIONS: Readonly<Record<string, string>> = {
  '0': 'Two eras on one URL',
  A1: 'Messages and statelessness',
  A2: 'Endpoint and POST framing',
  A3: 'The _meta envelope',
  A4: 'Headers that say what the body says',
  A5: 'Mirrored tool parameters',
  A6: 'Versions and server/discover',
  A7: 'Error codes',
  A8: 'JSON and event streams',
  A9: 'Cancellation',
  A10: 'subscriptions/listen',
  A11: 'Input that a server asks for',
  A12: 'resultType',
  A13: 'Caching hints',
  A14: 'Tools, resources and prompts',
  A15: 'Progress and logs',
  A16: 'Elicitation and sampling',
  A17: 'Removed methods',
  A18: 'Extensions and tasks',
  B1: '2025: handshake',
  B2: '2025: POST',
  B3: '2025: event streams',
  B4: '2025: GET',
  B5: '2025: resumption',
  B6: '2025: sessions',
  B7: '2025: version header',
  B8: '2025: batches',
  B10: '2025: statuses and errors',
  E: 'What differs between the eras',
}

/** The section that a requirement is listed under: `A4` of `A4.2`. */
export function getSection(requirement: string): string {
  return requirement.split('.', 1)[0] as string
}

/** A member of a `WWW-Authenticate` challenge. */
export function challengeParameter(challenge: string, name: string): string | undefined {
  const [, quoted, bare] = new RegExp(`[\\s,]${name}=(?:"([^"]*)"|([^\\s,]+))`, 'i').exec(challenge) ?? []
  return quoted ?? bare
}

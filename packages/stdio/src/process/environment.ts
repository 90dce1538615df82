/** Variables that every process needs to find its home and its programs, and that hold no secrets. */
const INHERITED =
  process.platform === 'win32'
    ? [
        'APPDATA',
        'COMSPEC',
        'HOMEDRIVE',
        'HOMEPATH',
        'LOCALAPPDATA',
        'PATH',
        'PATHEXT',
        'PROCESSOR_ARCHITECTURE',
        'PROGRAMDATA',
        'PROGRAMFILES',
        'PROGRAMFILES(X86)',
        'PROGRAMW6432',
        'SYSTEMDRIVE',
        'SYSTEMROOT',
        'TEMP',
        'USERNAME',
        'USERPROFILE',
        'WINDIR',
      ]
    : ['HOME', 'LANG', 'LC_ALL', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'TMPDIR', 'TZ', 'USER']

/**
 * Builds the environment of a child process from an allow-list, so that no secret of this process reaches it.
 *
 * @param own - The variables that are set for it.
 * @param inherited - The names of further variables of this process that it gets.
 */
export function buildEnvironment(
  own: Readonly<Record<string, string>>,
  inherited: readonly string[],
): Record<string, string> {
  const environment: Record<string, string> = {}
  for (const name of [...INHERITED, ...inherited]) {
    const value = process.env[name]
    // A shell exports its functions as variables that begin like this.
    if (value !== undefined && !value.startsWith('()')) environment[name] = value
  }
  return { ...environment, ...own }
}

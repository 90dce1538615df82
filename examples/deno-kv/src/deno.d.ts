/** What the example uses of Deno. */
declare namespace Deno {
  function openKv(path?: string): Promise<import('./kv.ts').Kv & { close(): void }>
  function addSignalListener(signal: 'SIGTERM', listener: () => void): void
  function exit(code?: number): never
  const env: { get(name: string): string | undefined }
}

export type { ConnectionOptions, StdioCaller } from './connection-options.ts'
export { type FromUrlOptions, fromUrl } from './http/from-url.ts'
export type { StdioLogLine, StdioServerOptions, StdioShare } from './options.ts'
export {
  createStdioPool,
  type StdioLaunchOptions,
  type StdioPool,
  type StdioPoolStatus,
} from './pool/pool.ts'
export { type ServeStdioOptions, type StdioService, serveStdio } from './serve/serve-stdio.ts'
export { stdioServer } from './stdio-server.ts'

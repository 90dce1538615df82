export type { StdioCaller, StdioLogLine, StdioServerOptions, StdioShare } from './options.ts'
export {
  createStdioPool,
  type StdioLaunchOptions,
  type StdioPool,
  type StdioPoolStatus,
} from './pool/pool.ts'
export { stdioServer } from './stdio-server.ts'

export { type SharedServerOptions, sharedServer } from './shared-server.ts'

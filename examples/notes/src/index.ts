export { announce } from './announce.ts'
export { createNotesServer } from './server.ts'

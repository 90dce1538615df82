export { type Caller, callTool, clients, connectModern, type OfficialClient, textOf } from './clients.ts'
export { type Example, startExample } from './example.ts'
export { describeNotes } from './notes.ts'
export { runCommand } from './run-command.ts'

export { callTool, connectModern, type OfficialClient, officialClients, textOf } from './clients.ts'
export { describeNotes } from './describe-notes.ts'
export { type Example, startExample } from './example.ts'
export { runCommand } from './run-command.ts'

export { type ContractCase, NotApplicable } from './contract.ts'
export { type EventStoreSubject, eventStoreContract } from './event-store-contract.ts'
export { type SessionBusSubject, sessionBusContract } from './session-bus-contract.ts'
export { type SessionStoreSubject, sessionStoreContract } from './session-store-contract.ts'

import { digestText } from './digest.ts'
import type { User } from './user.ts'

/**
 * Builds the owner of a user's records. A full store makes room at the cost of the owner that has most records. The owner
 * contains a digest instead of the user's id.
 */
export const toRecordOwner = ({ sub }: User): string => `user:${digestText(sub)}`

/** The owner of records whose user is not known yet. */
export const ANONYMOUS = 'anonymous'

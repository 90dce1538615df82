import { digestOf } from './digest.ts'
import type { User } from './user.ts'

/** Who the records of a user count for, where a store evicts those of the largest holder. Contains no name in clear. */
export const holderOf = ({ sub }: User): string => `user:${digestOf(sub)}`

/** Who records count for whose user is not known yet. */
export const STRANGERS = 'strangers'

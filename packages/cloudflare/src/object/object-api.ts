import type { BucketsApi } from './buckets.ts'
import type { ChannelApi } from './channel.ts'
import type { ClaimsApi } from './claims.ts'
import type { EventsApi } from './events.ts'
import type { RecordsApi } from './records.ts'

/** Everything that an object can be asked for. Arguments and results are JSON. */
export type ObjectApi = RecordsApi & ClaimsApi & EventsApi & ChannelApi & BucketsApi

import type { BucketsApi } from './buckets.ts'
import type { ChannelApi } from './channel.ts'
import type { ClaimsApi } from './claims.ts'
import type { EventsApi } from './events.ts'
import type { JobsApi } from './jobs.ts'
import type { RecordsApi } from './records.ts'
import type { TaskListApi } from './task-list.ts'
import type { TasksApi } from './tasks.ts'

/** Everything that an object can be asked for. Arguments and results are JSON. */
export type ObjectApi = RecordsApi &
  ClaimsApi &
  EventsApi &
  ChannelApi &
  BucketsApi &
  TasksApi &
  TaskListApi &
  JobsApi

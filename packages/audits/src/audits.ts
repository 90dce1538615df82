import type { Audit } from './audit.ts'
import { batches } from './cases/legacy/batches.ts'
import { features } from './cases/legacy/features.ts'
import { http as legacyHttp } from './cases/legacy/http.ts'
import { initialize } from './cases/legacy/initialize.ts'
import { messages } from './cases/legacy/messages.ts'
import { sessions } from './cases/legacy/sessions.ts'
import { streams as legacyStreams } from './cases/legacy/streams.ts'
import { versions as legacyVersions } from './cases/legacy/versions.ts'
import { accept } from './cases/modern/accept.ts'
import { cancellation } from './cases/modern/cancellation.ts'
import { changes } from './cases/modern/changes.ts'
import { discovery } from './cases/modern/discover.ts'
import { envelope } from './cases/modern/envelope.ts'
import { errors } from './cases/modern/errors.ts'
import { headers } from './cases/modern/headers.ts'
import { http } from './cases/modern/http.ts'
import { input } from './cases/modern/input.ts'
import { jsonRpc } from './cases/modern/json-rpc.ts'
import { limits } from './cases/modern/limits.ts'
import { logging } from './cases/modern/logging.ts'
import { names } from './cases/modern/names.ts'
import { paramHeaders } from './cases/modern/param-headers.ts'
import { paramTypes } from './cases/modern/param-types.ts'
import { prompts } from './cases/modern/prompts.ts'
import { resources } from './cases/modern/resources.ts'
import { results } from './cases/modern/results.ts'
import { roundAnswers } from './cases/modern/round-answers.ts'
import { rounds } from './cases/modern/rounds.ts'
import { streams } from './cases/modern/streams.ts'
import { subscriptions } from './cases/modern/subscriptions.ts'
import { tools } from './cases/modern/tools.ts'
import { versions } from './cases/modern/versions.ts'

/** All audits, those of 2026-07-28 first. Ids are permanent: the id of a removed audit is not used again. */
export const audits: readonly Audit[] = [
  ...http,
  ...jsonRpc,
  ...envelope,
  ...headers,
  ...names,
  ...paramHeaders,
  ...paramTypes,
  ...versions,
  ...discovery,
  ...results,
  ...tools,
  ...resources,
  ...prompts,
  ...errors,
  ...input,
  ...rounds,
  ...roundAnswers,
  ...accept,
  ...streams,
  ...logging,
  ...subscriptions,
  ...changes,
  ...cancellation,
  ...limits,
  ...initialize,
  ...legacyVersions,
  ...messages,
  ...batches,
  ...legacyHttp,
  ...features,
  ...legacyStreams,
  ...sessions,
]

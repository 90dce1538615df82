export const LAYERS = ['protocol', 'http', 'platform'] as const

/**
 * What an audit tests.
 *
 * - `protocol`: what the messages say. It depends on the handler alone, so it is enough to test it once, without a
 *   socket.
 * - `http`: how a request and its answer are carried: method, status, headers, and the bytes of the bodies. An adapter
 *   or a body parser can break it.
 * - `platform`: what takes time, a connection or the runtime's own APIs: streams that are sent while they are made, a
 *   client that leaves, calls side by side, large bodies, base64, encryption. A runtime, a server or a proxy can
 *   break it.
 */
export type Layer = (typeof LAYERS)[number]

/** The layer of each topic. */
const TOPICS: Readonly<Record<string, Layer>> = {
  'modern/http': 'http',
  'modern/json-rpc': 'protocol',
  'modern/envelope': 'protocol',
  'modern/headers': 'http',
  'modern/names': 'protocol',
  'modern/param-headers': 'protocol',
  'modern/versions': 'protocol',
  'modern/discover': 'protocol',
  'modern/result-type': 'protocol',
  'modern/caching': 'protocol',
  'modern/server-info': 'protocol',
  'modern/tools': 'protocol',
  'modern/resources': 'protocol',
  'modern/prompts': 'protocol',
  'modern/completion': 'protocol',
  'modern/removed': 'protocol',
  'modern/errors': 'protocol',
  'modern/input': 'protocol',
  'modern/rounds': 'protocol',
  'modern/accept': 'http',
  'modern/streams': 'platform',
  'modern/progress': 'protocol',
  'modern/logging': 'protocol',
  'modern/subscriptions': 'protocol',
  'modern/changes': 'protocol',
  'modern/cancellation': 'platform',
  'modern/limits': 'platform',
  'modern/tasks': 'protocol',
  'legacy/initialize': 'protocol',
  'legacy/versions': 'protocol',
  'legacy/messages': 'protocol',
  'legacy/batches': 'protocol',
  'legacy/http': 'http',
  'legacy/features': 'protocol',
  'legacy/streams': 'protocol',
  'legacy/requests': 'protocol',
  'legacy/sessions': 'protocol',
}

/** Audits of another layer than the rest of their topic. */
const EXCEPTIONS: Readonly<Record<Exclude<Layer, 'protocol'>, readonly string[]>> = {
  http: [
    // A body parser in front of the handler answers these itself, or hands over something else.
    'modern/json-rpc/not-json',
    'modern/json-rpc/empty-body',
    'modern/json-rpc/not-utf-8',
    'modern/json-rpc/parse-error-id',
    'modern/json-rpc/number-body',
    'modern/json-rpc/null-body',
    'modern/json-rpc/empty-object',
    'modern/json-rpc/batch',
    'modern/json-rpc/empty-batch',
    'modern/json-rpc/unicode',
    'modern/json-rpc/deep',
    'legacy/messages/not-json',
    'legacy/messages/not-utf-8',
    'legacy/messages/empty-object',
    'legacy/messages/number',
    'legacy/messages/text-body',
    'legacy/messages/content-type-parameters',
    'legacy/messages/unicode',
    'legacy/messages/error-shape',
    'legacy/batches/answered',
    'legacy/batches/array',
    'legacy/batches/empty',
    // Header values that a carrier joins, trims, re-encodes or drops.
    'modern/names/tool-missing',
    'modern/names/tool-repeated',
    'modern/names/base64-unicode',
    'modern/names/base64-spaces',
    'modern/param-headers/string',
    'modern/param-headers/missing',
    'modern/param-headers/empty',
    'modern/param-headers/half-sentinel',
    'modern/param-headers/one-of-several',
    'legacy/versions/2025-06-18',
    'legacy/versions/unknown',
    'legacy/initialize/version-header',
    'legacy/initialize/session-id',
    'legacy/sessions/unknown',
    'legacy/sessions/missing',
    'legacy/sessions/ends',
    'legacy/sessions/resumes',
    // Statuses and empty bodies that a framework fills in itself.
    'modern/errors/unknown-method',
    'modern/errors/unknown-when-streaming',
    'modern/versions/later',
    'modern/versions/error-when-streaming',
    'modern/discover/answers',
    'modern/discover/in-sse',
    'legacy/initialize/2025-11-25',
    'legacy/initialize/initialized',
    'legacy/initialize/first-request',
    'legacy/messages/notification',
    'legacy/batches/notifications',
    'legacy/features/ping',
    'legacy/features/tool',
    'legacy/features/unknown-method',
  ],
  platform: [
    // What the base64, UTF-8 and encryption of the runtime decide.
    'modern/names/base64-padding',
    'modern/names/base64-alphabet',
    'modern/names/base64-url-alphabet',
    'modern/names/base64-not-utf-8',
    'modern/rounds/elicitation',
    'modern/rounds/tampered-state',
    // Answers while other requests of the same client are open.
    'modern/json-rpc/same-id',
    'modern/subscriptions/acknowledged',
    'modern/subscriptions/no-buffering',
    'modern/subscriptions/stays-open',
    'modern/changes/tools',
    'modern/changes/repeated',
    'modern/changes/same-id',
    'modern/changes/after-leaving',
    'legacy/batches/streamed',
    'legacy/streams/progress',
    'legacy/streams/final-last',
    'legacy/streams/leaving',
    'legacy/sessions/asks-elicitation',
    'legacy/sessions/one-stream',
    'legacy/sessions/announces',
  ],
}

const layers = new Map<string, Layer>(
  Object.entries(EXCEPTIONS).flatMap(([layer, ids]) => ids.map((id) => [id, layer as Layer] as const)),
)

/**
 * The layer of an audit.
 *
 * @throws Error if no layer is known for its topic.
 */
export function getLayer(id: string): Layer {
  const topic = id.slice(0, id.lastIndexOf('/'))
  const layer = layers.get(id) ?? TOPICS[topic]
  if (layer === undefined) throw new Error(`layers.ts: name the layer of the topic ${topic}`)
  return layer
}

/** The ids that have another layer than their topic. */
export const exceptionalIds: readonly string[] = [...layers.keys()]

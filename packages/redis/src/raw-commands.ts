import type { RedisCommands } from './clients.ts'

/** Sends a command as a list of texts. Replies have the shape of RESP 2, decoded: numbers, texts, null and lists. */
export type SendCommand = (command: readonly string[]) => Promise<unknown>

/** Creates the commands of the stores for a client that sends raw commands. */
export function createCommands(send: SendCommand): RedisCommands {
  const ask = <Reply>(...command: (string | number)[]): Promise<Reply> =>
    send(command.map(String)) as Promise<Reply>
  return {
    eval: (script, { keys, arguments: parameters }) =>
      ask('EVAL', script, keys.length, ...keys, ...parameters),
    exists: (key) => ask('EXISTS', key),
    hmGet: (key, fields) => ask('HMGET', key, ...fields),
    unlink: (keys) => ask('UNLINK', ...[keys].flat()),
    pExpire: (key, ms) => ask('PEXPIRE', key, ms),
    set: (key, value, { condition, expiration: { type, value: time } }) =>
      ask('SET', key, value, condition, type, time),
    xRange: async (key, start, end) =>
      (await ask<[string, string[]][]>('XRANGE', key, start, end)).map(([id, fields]) => ({
        id,
        message: toObject(fields),
      })),
    zRange: (key, min, max) => ask('ZRANGE', key, min, max),
    zRem: (key, members) => ask('ZREM', key, ...members),
  }
}

function toObject(fields: readonly string[]): Record<string, string> {
  const pairs = fields.flatMap((name, index) => (index % 2 === 0 ? [[name, fields[index + 1]]] : []))
  return Object.fromEntries(pairs)
}

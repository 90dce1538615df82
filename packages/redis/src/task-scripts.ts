// Times come from Redis, so that the clocks of the nodes need not agree. Scores are times of expiry, so that the sorted
// sets can drop what has expired, and expire themselves with their last member. The list of an owner has times of
// creation as its scores; it is cleaned by the ids that have expired.
const PRELUDE = `
local task, ends, list, all = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local function clean()
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', now)) do redis.call('ZREM', list, id) end
  redis.call('ZREMRANGEBYSCORE', ends, '-inf', now)
  redis.call('ZREMRANGEBYSCORE', all, '-inf', now)
end
local function limitLife()
  local last = redis.call('ZRANGE', ends, -1, -1, 'WITHSCORES')[2]
  if last then
    redis.call('PEXPIREAT', ends, string.format('%.0f', last))
    redis.call('PEXPIREAT', list, string.format('%.0f', last))
  end
  last = redis.call('ZRANGE', all, -1, -1, 'WITHSCORES')[2]
  if last then redis.call('PEXPIREAT', all, string.format('%.0f', last)) end
end`

/** Creates a task. Parameters: id, owner, createdAt, expiresAt, the end of the key, value, and the two limits. */
export const CREATE_TASK: string = `${PRELUDE}
local id, owner, createdAt, expiresAt, keyEnd, value, perOwner, total = unpack(ARGV)
if redis.call('EXISTS', task) == 1 then return 'exists' end
clean()
if redis.call('ZCARD', ends) >= tonumber(perOwner) then return 'owner-full' end
if redis.call('ZCARD', all) >= tonumber(total) then return 'full' end
redis.call('HSET', task, 'owner', owner, 'version', '0', 'createdAt', createdAt, 'expiresAt', expiresAt, 'value', value)
redis.call('PEXPIREAT', task, keyEnd)
redis.call('ZADD', ends, keyEnd, id)
redis.call('ZADD', list, createdAt, id)
redis.call('ZADD', all, keyEnd, id)
limitLife()
return 'created'`

/** Replaces a task. Parameters: id, the version before, the new one, expiresAt, the end of the key, and the value. */
export const UPDATE_TASK: string = `${PRELUDE}
local id, before, version, expiresAt, keyEnd, value = unpack(ARGV)
local held = redis.call('HMGET', task, 'version', 'expiresAt')
if held[1] ~= before then return 0 end
redis.call('HSET', task, 'version', version, 'expiresAt', expiresAt, 'value', value)
if held[2] ~= expiresAt then
  redis.call('PEXPIREAT', task, keyEnd)
  redis.call('ZADD', ends, 'XX', keyEnd, id)
  redis.call('ZADD', all, 'XX', keyEnd, id)
  limitLife()
end
return 1`

/** Deletes a task. Parameter: its id. */
export const DELETE_TASK: string = `
local task, ends, list, all = unpack(KEYS)
redis.call('UNLINK', task)
for _, key in ipairs({ends, list, all}) do redis.call('ZREM', key, ARGV[1]) end
return 1`

/**
 * Lists the ids of an owner's tasks after a position, the newest first, each followed by its score. Parameters: the number
 * of ids, and the score and the id of the position, or nothing. Ids with the same score are in reverse order.
 */
export const LIST_TASKS: string = `${PRELUDE}
local count, score, id = tonumber(ARGV[1]), ARGV[2], ARGV[3]
clean()
local found, offset = {}, 0
while #found < 2 * count do
  local ids = redis.call('ZREVRANGEBYSCORE', list, score or '+inf', '-inf', 'WITHSCORES', 'LIMIT', offset, count)
  for i = 1, #ids, 2 do
    local isAfter = not score or tonumber(ids[i + 1]) < tonumber(score) or ids[i] < id
    if isAfter and #found < 2 * count then
      found[#found + 1] = ids[i]
      found[#found + 1] = ids[i + 1]
    end
  end
  if #ids < 2 * count then break end
  offset = offset + count
end
return found`

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** RFC 3339 §5.6, `full-date`. */
export function isDate(text: string): boolean {
  const [, year, month, day] = (/^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? []).map(Number)
  if (year === undefined || month === undefined || day === undefined) return false
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = month === 2 && isLeap ? 29 : DAYS[month - 1]
  return days !== undefined && day >= 1 && day <= days
}

const TIME = /^(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:z|([+-])(\d\d):(\d\d))$/i

/** RFC 3339 §5.6, `full-time`: a leap second is the last one of a day in UTC. */
export function isTime(text: string): boolean {
  const found = TIME.exec(text)
  if (!found) return false
  const [hour, minute, second] = [Number(found[1]), Number(found[2]), Number(found[3])]
  const [offsetHour, offsetMinute] = [Number(found[5] ?? 0), Number(found[6] ?? 0)]
  if (hour > 23 || minute > 59 || second > 60 || offsetHour > 23 || offsetMinute > 59) return false
  if (second < 60) return true
  const offset = (offsetHour * 60 + offsetMinute) * (found[4] === '-' ? -1 : 1)
  const minuteOfDay = (hour * 60 + minute - offset + 24 * 60) % (24 * 60)
  return minuteOfDay === 23 * 60 + 59
}

/** RFC 3339 §5.6, `date-time`. */
export function isDateTime(text: string): boolean {
  return /^[t\s]$/i.test(text[10] ?? '') && isDate(text.slice(0, 10)) && isTime(text.slice(11))
}

const DATE_PART = /^(?:\d+Y(?:\d+M(?:\d+D)?)?|\d+M(?:\d+D)?|\d+D)$/
const TIME_PART = /^(?:\d+H(?:\d+M(?:\d+S)?)?|\d+M(?:\d+S)?|\d+S)$/

/** RFC 3339 appendix A, `duration`. */
export function isDuration(text: string): boolean {
  if (!text.startsWith('P')) return false
  if (/^P\d+W$/.test(text)) return true
  const [date = '', time, ...rest] = text.slice(1).split('T')
  if (rest.length > 0 || (date === '' && time === undefined)) return false
  return (date === '' || DATE_PART.test(date)) && (time === undefined || TIME_PART.test(time))
}

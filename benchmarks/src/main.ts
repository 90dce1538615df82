import { startSubject } from './commands.ts'
import { measureInProcess } from './in-process.ts'
import { measureListening } from './listening.ts'
import { measureOnSocket } from './on-socket.ts'
import { type Effort, median, type Sample } from './samples.ts'
import { SUBJECTS } from './subjects.ts'
import { nameOf } from './work.ts'

const named = process.argv[3]?.split(',').filter(Boolean) ?? []
const only = named.length ? named : Object.keys(SUBJECTS)
const re = new RegExp(process.argv[4] ?? '')
const effort: Effort = {
  rounds: 3,
  ms: 150,
  seconds: 1,
  works: (w) => re.test(nameOf(w)),
  requests: 20000,
  streams: 1000,
}
const processes = new Map(only.map((name) => [name, startSubject(name)]))
let samples: Sample[] = []
if (process.argv[2]?.includes('p')) samples = samples.concat(await measureInProcess(processes, effort))
if (process.argv[2]?.includes('s')) samples = samples.concat(await measureOnSocket(processes, effort))
if (process.argv[2]?.includes('l')) samples = samples.concat(await measureListening(new Map([...processes].filter(([n]) => ['bare-sse','portico','server-2.x'].includes(n))), effort))
for (const { end } of processes.values()) end()

const keys = new Map<string, number[]>()
for (const { subject, work, metric, value } of samples) {
  const key = `${work} | ${metric} | ${subject}`
  keys.set(key, [...(keys.get(key) ?? []), value])
}
for (const [key, values] of keys) console.log(key.padEnd(80), median(values).toFixed(1))

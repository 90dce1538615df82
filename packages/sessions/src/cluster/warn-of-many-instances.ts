/** Platforms that start an instance whenever they like, by a variable of their environment. */
const PLATFORMS = {
  AWS_LAMBDA_FUNCTION_NAME: 'AWS Lambda',
  FUNCTIONS_WORKER_RUNTIME: 'Azure Functions',
  K_SERVICE: 'Knative',
  NETLIFY: 'Netlify',
  VERCEL: 'Vercel',
}

/** The platform that this process is one of many instances on; undefined where none is known of. */
function platform(): string | undefined {
  const { userAgent = '' } = globalThis.navigator ?? {}
  if (userAgent === 'Cloudflare-Workers') return 'Cloudflare Workers'
  // there, reading the environment takes a permission
  if (userAgent.startsWith('Deno')) return undefined
  const { env = {} } =
    (globalThis as { process?: { env?: Record<string, string | undefined> } }).process ?? {}
  return Object.entries(PLATFORMS).find(([variable]) => env[variable])?.[1]
}

let warned = false

/** Warns, once, where sessions that only this process has are asked for from another. */
export function warnOfManyInstances(): void {
  const name = platform()
  if (name === undefined || warned) return
  warned = true
  console.warn(
    `Portico: these sessions are in memory, and ${name} runs several instances, each with a memory of its own. ` +
      'Give sessions() a store that they share, or encryptedSessionIds().',
  )
}

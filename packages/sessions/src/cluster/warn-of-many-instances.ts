/** Platforms that run several instances of a process, by an environment variable that they set. */
const PLATFORMS = {
  AWS_LAMBDA_FUNCTION_NAME: 'AWS Lambda',
  FUNCTIONS_WORKER_RUNTIME: 'Azure Functions',
  K_SERVICE: 'Knative',
  NETLIFY: 'Netlify',
  VERCEL: 'Vercel',
}

/** Returns the platform that runs this process as one of several instances, or undefined. */
function platform(): string | undefined {
  const { userAgent = '' } = globalThis.navigator ?? {}
  if (userAgent === 'Cloudflare-Workers') return 'Cloudflare Workers'
  // Deno asks for a permission when the environment is read.
  if (userAgent.startsWith('Deno')) return undefined
  const { env = {} } =
    (globalThis as { process?: { env?: Record<string, string | undefined> } }).process ?? {}
  return Object.entries(PLATFORMS).find(([variable]) => env[variable])?.[1]
}

let warned = false

/** Warns once if sessions are stored in memory on a platform that runs several instances. */
export function warnOfManyInstances(): void {
  const name = platform()
  if (name === undefined || warned) return
  warned = true
  console.warn(
    `Portico: these sessions are in memory, and ${name} runs several instances, each with a memory of its own. ` +
      'Give sessions() a store that they share, or encryptedSessionIds().',
  )
}

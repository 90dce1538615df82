import { legacyCurl, modernCurl } from './curl.ts'

/** Prints where notes are served, and what to try there. */
export function announce(title: string, url: string): void {
  console.log(`${title} at ${url}\n`)
  console.log(`2026-07-28:\n${modernCurl(url)}\n`)
  console.log(`2025-era:\n${legacyCurl(url)}\n`)
}

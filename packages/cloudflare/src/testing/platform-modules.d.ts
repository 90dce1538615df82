declare module 'cloudflare:workers' {
  export const env: {
    PORTICO: import('../platform.ts').ObjectNamespace
    RESUMABLE?: boolean
    LOST: import('../platform.ts').ObjectNamespace
  }
}

declare module 'cloudflare:workers' {
  export const env: {
    PORTICO: import('../platform.ts').ObjectNamespace
    LOST: import('../platform.ts').ObjectNamespace
  }
}

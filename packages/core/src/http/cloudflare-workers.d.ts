/** A module of the platform, of which some versions have no export that is used. */
declare module 'cloudflare:workers' {}

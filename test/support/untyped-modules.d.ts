// Aliases of older majors, used as far as the newer ones' types fit, and packages without types.
declare module 'express4' {
  export { default } from 'express'
}

declare module 'koa2' {
  export { default } from 'koa'
}

declare module 'koa-mount' {
  import type { Middleware } from 'koa'
  /** `app` is an app or a middleware. */
  export default function mount(prefix: string, app: object): Middleware
}

declare module '*/examples/demo/authorization-server.js' {
  export function startAuthorizationServer(options: { resources: string[] }): Promise<{
    issuer: string
    clientId: string
    clientSecret: string
    close(): void
  }>
}

// Aliases of older majors, used as far as the newer ones' types fit, and packages without types.
declare module 'express4' {
  export { default } from 'express'
}

declare module 'koa2' {
  export { default } from 'koa'
}

declare module 'koa-mount' {
  import type { Middleware } from 'koa'
  export default function mount(prefix: string, middleware: Middleware): Middleware
}

// Packages without types, and aliases of older majors with the types of newer ones.
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

declare module 'gifenc' {
  type Palette = readonly (readonly number[])[]
  interface Encoder {
    writeFrame(indexes: Uint8Array, width: number, height: number, options: { palette: Palette; delay: number }): void
    finish(): void
    bytes(): Uint8Array
  }
  export function GIFEncoder(): Encoder
  export function quantize(pixels: Uint8Array, colours: number): Palette
  export function applyPalette(pixels: Uint8Array, palette: Palette): Uint8Array
}

declare module '*/examples/demo/authorization-server.js' {
  export function startAuthorizationServer(options: {
    resources: string[]
    publicClients?: { clientId: string; redirectUri: string }[]
  }): Promise<{
    issuer: string
    clientId: string
    clientSecret: string
    close(): void
  }>
}

declare module '*/examples/demo/browser.js' {
  export function visit(url: URL, redirectUri: string): Promise<URL>
}

declare module '*/examples/demo/raw-frames.js' {
  import type { Socket } from 'node:net'
  export const types: { data: number; headers: number; resetStream: number; settings: number; goAway: number }
  export const endStream: number
  export function writeRequest(socket: Socket, fields: readonly (readonly [name: string, value: string])[]): void
  export function readFrames(
    socket: Socket,
  ): AsyncIterable<{ type: number; flags: number; stream: number; payload: Buffer }>
}

declare module '*/examples/playground/playground.js' {
  export function startPlayground(): Promise<{ origin: string; close(): void }>
}

declare module '*/examples/playground/page/checks.js' {
  interface Check {
    readonly title: string
    readonly reasons: readonly string[]
  }
  export const dpopChecks: readonly Check[]
  export const bearerChecks: readonly Check[]
  export function judge(
    event: { outcome: string; reason?: string; scheme?: string; issuer?: string },
    freshness: 'iat' | 'nonce',
  ): readonly { check: Check; outcome: string }[]
}

declare module '*/examples/metrics/prometheus.js' {
  import type { Registry } from 'prom-client'
  export function collectMetrics(register: Registry): () => void
}

declare module '*/examples/metrics/opentelemetry.js' {
  export function collectMetrics(): () => void
}

declare module '*/examples/metrics/spans.js' {
  export function collectSpans(): () => void
}

declare module '*/examples/metrics/app.js' {
  import type { GuardOptions } from '@dpop-guard/core'
  import type { Express } from 'express'
  import type { Registry } from 'prom-client'
  export function createApp(register: Registry, options: GuardOptions): Express
}

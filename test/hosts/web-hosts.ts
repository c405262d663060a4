/** The same handlers on each host of web-standard requests. On Bun and on Deno, their own servers too. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type DpopGuard, type DpopGuardOptions, dpopGuard, getAuth, requireScopes } from '@dpop-guard/web'
import { type HttpBindings, serve } from '@hono/node-server'
import { H3, toNodeHandler, toResponse } from 'h3'
import { createApp, defineEventHandler, toNodeListener, toWebRequest } from 'h3v1'
import { Hono } from 'hono'

export interface Host {
  port: number
  close(): Promise<unknown>
}

/** The response of each path. */
const responses: Readonly<Record<string, (request: Request) => Response | Promise<Response>>> = {
  '/orders': (request) =>
    Response.json({ for: getAuth(request).subject }, { headers: { 'Cache-Control': 'max-age=60' } }),
  '/stream': () => new Response(new Blob(['a', 'b']).stream()),
  '/redirect': () => Response.redirect('https://app.example.com/next', 303),
  '/fetched': () => fetch('data:text/plain,fetched'),
  '/empty': () => new Response(null, { status: 204 }),
  '/admin': (request) => requireScopes('orders:admin')(request) ?? new Response('admin'),
}

export const paths = Object.keys(responses)

async function respond(request: Request): Promise<Response> {
  const handler = responses[new URL(request.url).pathname]
  return handler === undefined ? new Response('no such path', { status: 404 }) : handler(request)
}

/** A route handler as Next.js calls it: by method, with the parameters of the path as a promise. */
function nextRoute(guard: DpopGuard) {
  const GET = guard.protect(async (request: Request, { params }: { params: Promise<{ path: string[] }> }) => {
    await params
    return respond(request)
  })
  return { GET }
}

async function listen(listener: RequestListener): Promise<Host> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const close = () => new Promise((resolve) => server.close(resolve))
  return { port: (server.address() as AddressInfo).port, close }
}

/** Hono's server replaces the global Response, which the servers of Bun and Deno do not take. */
const onLoopback = {
  port: 0,
  hostname: '127.0.0.1',
  overrideGlobalObjects: !('bun' in process.versions || 'deno' in process.versions),
}

interface FetchServer {
  readonly port: number
  stop(): Promise<void>
}

type Fetch = (request: Request) => Promise<Response>
const { Bun, Deno } = globalThis as {
  Bun?: { serve(options: { port: number; hostname: string; fetch: Fetch }): FetchServer }
  Deno?: {
    serve(
      options: { port: number; hostname: string; onListen(): void },
      fetch: Fetch,
    ): { addr: { port: number }; shutdown(): Promise<void> }
  }
}

export const hosts: Readonly<Record<string, (options: DpopGuardOptions) => Promise<Host>>> = {
  async Hono(options) {
    const guard = dpopGuard(options)
    const app = new Hono<{ Bindings: HttpBindings }>()
    app.use(async (c, next) => {
      const checked = await guard(c.req.raw, { incoming: c.env.incoming })
      if (checked.response) return checked.response
      await next()
      c.res = checked.apply(c.res)
      return undefined
    })
    app.get('/error', () => {
      throw new Error('broken')
    })
    app.onError((_error, c) => c.text('broken', 500))
    app.all('*', (c) => respond(c.req.raw))
    const server = serve({ fetch: app.fetch, ...onLoopback })
    await new Promise((resolve) => server.once('listening', resolve))
    const close = () => new Promise((resolve) => server.close(resolve))
    return { port: (server.address() as AddressInfo).port, close }
  },

  async 'h3 2'(options) {
    const guard = dpopGuard(options)
    const app = new H3({ silent: true })
    app.use(async (event, next) => {
      const checked = await guard(event.req, { incoming: event.runtime?.node?.req })
      if (checked.response) return checked.response
      return checked.apply(await toResponse(Promise.resolve().then(next), event, app.config))
    })
    app.get('/error', () => {
      throw new Error('broken')
    })
    app.all('/**', (event) => respond(event.req))
    return listen(toNodeHandler(app) as RequestListener)
  },

  async 'h3 1'(options) {
    const guard = dpopGuard(options)
    const app = createApp()
    app.use(
      defineEventHandler(async (event) => {
        const request = toWebRequest(event)
        const checked = await guard(request, { incoming: event.node.req })
        if (checked.response) return checked.response
        return checked.apply(await respond(request))
      }),
    )
    return listen(toNodeListener(app))
  },

  async 'Next.js route handler'(options) {
    const route = nextRoute(dpopGuard(options))
    const app = new Hono().all('*', (c) => {
      const params = Promise.resolve({ path: new URL(c.req.url).pathname.slice(1).split('/') })
      return c.req.method === 'GET'
        ? route.GET(new Request(c.req.url, { headers: c.req.raw.headers }), { params })
        : new Response(null, { status: 405 })
    })
    const server = serve({ fetch: app.fetch, ...onLoopback })
    await new Promise((resolve) => server.once('listening', resolve))
    const close = () => new Promise((resolve) => server.close(resolve))
    return { port: (server.address() as AddressInfo).port, close }
  },

  ...(Bun && {
    async 'Bun.serve'(options) {
      const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: dpopGuard(options).protect(respond) })
      return { port: server.port, close: () => server.stop() }
    },
  }),

  ...(Deno && {
    async 'Deno.serve'(options) {
      const where = { port: 0, hostname: '127.0.0.1', onListen() {} }
      const server = Deno.serve(where, dpopGuard(options).protect(respond))
      return { port: server.addr.port, close: () => server.shutdown() }
    },
  }),
}

/** Hosts whose guard reads Node's own request. */
export const seesWire = ['Hono', 'h3 2', 'h3 1']

/** Hosts whose answer to an error of a handler passes the guard. */
export const answersErrors = ['Hono', 'h3 2']

/** Hosts that copy the request. A copy of `Headers` on Deno loses an empty value in front of another one. */
export const losesEmptyFields = Deno ? ['Next.js route handler'] : []

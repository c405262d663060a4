/** Everything that the table runs on: the core alone, and each framework behind a real socket. */
import { createGuard, type GuardOptions } from '@dpop-guard/core'
import * as onExpress from '@dpop-guard/express'
import * as onFastify from '@dpop-guard/fastify'
import * as onKoa from '@dpop-guard/koa'
import express5 from 'express'
import express4 from 'express4'
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import Koa3 from 'koa'
import Koa2 from 'koa2'
import { listenOnLoopback } from '../support/listen.js'
import { type RawResponse, sendRequest } from '../support/raw-http.js'
import type { WireRequest } from './make.js'
import { type Prepared, type Profile, prepare } from './profiles.js'

/** What a guard is responsible for in an answer. */
export interface Answer {
  status: number
  /** `name: value`, a line each, by name; without what Node and the frameworks add by themselves. */
  headers: readonly string[]
  body: string
  handlerCalls: number
}

export interface Runtime {
  name: string
  send(request: WireRequest): Promise<Answer>
  close(): Promise<unknown>
}

export const runtimeNames = ['core', 'Express 5', 'Express 4', 'Koa 3', 'Koa 2', 'Fastify 5'] as const

/** Starts every runtime with guards of one profile. */
export function startRuntimes(profile: Profile): Promise<Runtime[]> {
  const starts: ((profile: Profile, options: GuardOptions) => Promise<Runtime>)[] = [
    startCore,
    (...args) => startExpress('Express 5', express5, ...args),
    (...args) => startExpress('Express 4', express4, ...args),
    (...args) => startKoa('Koa 3', Koa3, ...args),
    (...args) => startKoa('Koa 2', Koa2, ...args),
    startFastify,
  ]
  return Promise.all(
    starts.map(async (start) => {
      const { options, close }: Prepared = await prepare(profile)
      const runtime = await start(profile, options)
      return { ...runtime, close: () => Promise.all([runtime.close(), close()]) }
    }),
  )
}

const handlerType = 'text/plain; charset=utf-8'

/** What every handler says of its answer, unless a nonce forbids it. */
export const handlerCacheControl = 'max-age=60'

/** What every handler answers. */
function describeCaller(auth: onExpress.Auth | null | undefined): string {
  return auth?.scheme ?? 'anonymous'
}

async function startCore(profile: Profile, options: GuardOptions): Promise<Runtime> {
  const guard = createGuard(options)
  const { routeScopes, routeStepUp } = profile
  return {
    name: 'core',
    async send({ method, target, headers, body }) {
      const form = profile.parsesForms && Object.fromEntries(new URLSearchParams(body))
      const verdict = await guard.check({ method, target, headers, body: form })
      const refused = verdict.accepted
        ? ((routeScopes && guard.checkScopes(verdict.auth, routeScopes)) ??
          (routeStepUp && guard.checkStepUp(verdict.auth, routeStepUp)))
        : undefined
      const final = refused ?? verdict
      const handled = final.accepted && { 'content-type': handlerType, 'cache-control': handlerCacheControl }
      const lines = Object.entries({ ...handled, ...verdict.headers, ...refused?.headers })
      const text = final.accepted ? describeCaller(final.auth) : final.body
      return {
        status: final.accepted ? 200 : final.status,
        headers: lines.flatMap(([name, values]) => [values].flat().map((value) => `${name}: ${value}`)).sort(),
        body: method === 'HEAD' ? '' : text,
        handlerCalls: final.accepted ? 1 : 0,
      }
    },
    close: async () => {},
  }
}

async function startExpress(
  name: string,
  express: typeof express5,
  profile: Profile,
  options: GuardOptions,
): Promise<Runtime> {
  const app = express()
  let handlerCalls = 0
  if (profile.parsesForms) app.use(express.urlencoded({ extended: false }))
  app.use(onExpress.dpopGuard(options))
  if (profile.routeScopes) app.use(onExpress.requireScopes(...profile.routeScopes))
  if (profile.routeStepUp) app.use(onExpress.requireStepUp(profile.routeStepUp))
  app.use((req, res) => {
    handlerCalls++
    res.setHeader('Content-Type', handlerType)
    res.setHeader('Cache-Control', handlerCacheControl)
    res.end(describeCaller(onExpress.getOptionalAuth(req)))
  })
  const { server, port, close } = await listenOnLoopback()
  server.on('request', app)
  return { name, send: sendTo(port, () => handlerCalls), close }
}

async function startKoa(name: string, Koa: typeof Koa3, profile: Profile, options: GuardOptions): Promise<Runtime> {
  const app = new Koa()
  let handlerCalls = 0
  if (profile.parsesForms) {
    app.use(async (context, next) => {
      const chunks: Buffer[] = []
      for await (const chunk of context.req) chunks.push(chunk)
      const form = new URLSearchParams(Buffer.concat(chunks).toString())
      return Object.assign(context.request, { body: Object.fromEntries(form) }) && next()
    })
  }
  app.use(onKoa.dpopGuard(options))
  if (profile.routeScopes) app.use(onKoa.requireScopes(...profile.routeScopes))
  if (profile.routeStepUp) app.use(onKoa.requireStepUp(profile.routeStepUp))
  app.use((context) => {
    handlerCalls++
    context.type = handlerType
    context.set('Cache-Control', handlerCacheControl)
    context.body = describeCaller(onKoa.getOptionalAuth(context))
  })
  const { server, port, close } = await listenOnLoopback()
  server.on('request', app.callback())
  return { name, send: sendTo(port, () => handlerCalls), close }
}

async function startFastify({ routeScopes, routeStepUp }: Profile, options: GuardOptions): Promise<Runtime> {
  const app = fastify()
  let handlerCalls = 0
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  await app.register(onFastify.dpopGuard, options)
  const handle = async (request: FastifyRequest, reply: FastifyReply) => {
    handlerCalls++
    reply.type(handlerType).header('Cache-Control', handlerCacheControl)
    return describeCaller(request.auth)
  }
  // Methods that Fastify does not route end here, behind the guard all the same.
  app.setNotFoundHandler((request, reply) => handle(request, reply.code(200)))
  const stepUp = routeStepUp && { stepUp: routeStepUp }
  const required = routeScopes ? { scopes: routeScopes, ...stepUp } : stepUp
  app.all('*', required ? { config: { dpop: required } } : {}, handle)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const [address] = app.addresses()
  if (typeof address !== 'object') throw new Error('the server has no port')
  return { name: 'Fastify 5', send: sendTo(address.port, () => handlerCalls), close: () => app.close() }
}

function sendTo(port: number, countHandlerCalls: () => number): Runtime['send'] {
  return async (request) => {
    const before = countHandlerCalls()
    const response = await sendRequest({ port, ...request })
    return {
      status: response.status,
      headers: guardHeaders(response),
      body: response.body,
      handlerCalls: countHandlerCalls() - before,
    }
  }
}

const frameworkHeaders = ['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding', 'x-powered-by']

function guardHeaders({ rawHeaders }: RawResponse): string[] {
  const lines: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? ''
    if (!frameworkHeaders.includes(name)) lines.push(`${name}: ${rawHeaders[index + 1]}`)
  }
  return lines.sort()
}

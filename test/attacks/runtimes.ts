/** The runtimes of the table: the core alone, and each framework behind a real socket. */
import type { GuardOptions } from '@dpop-guard/core'
import * as onExpress from '@dpop-guard/express'
import * as onFastify from '@dpop-guard/fastify'
import '@dpop-guard/fastify/request-auth'
import * as onKoa from '@dpop-guard/koa'
import express5 from 'express'
import express4 from 'express4'
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import Koa3 from 'koa'
import Koa2 from 'koa2'
import { listenOnLoopback } from '../support/listen.js'
import { startNestOnExpress, startNestOnFastify } from './nest-runtimes.js'
import type { Profile } from './profiles.js'
import { checksOf } from './route-checks.js'
import {
  describeCaller,
  handlerCacheControl,
  handlerType,
  type Runtime,
  type StartRuntime,
  startCore,
} from './runtime.js'
import { sendTo } from './send-to.js'
import { startHandler, startHono } from './web-runtimes.js'

export const runtimes = {
  core: startCore,
  'Express 5': (profile, options) => startExpress('Express 5', express5, profile, options),
  'Express 4': (profile, options) => startExpress('Express 4', express4, profile, options),
  'Koa 3': (profile, options) => startKoa('Koa 3', Koa3, profile, options),
  'Koa 2': (profile, options) => startKoa('Koa 2', Koa2, profile, options),
  'Fastify 5': startFastify,
  'Hono 4': startHono,
  web: startHandler,
  'Nest on Express': startNestOnExpress,
  'Nest on Fastify': startNestOnFastify,
} satisfies Record<string, StartRuntime>

async function startExpress(
  name: string,
  express: typeof express5,
  profile: Profile,
  options: GuardOptions,
): Promise<Runtime> {
  const app = express()
  let handlerCalls = 0
  if (profile.parsesForms) app.use(express.urlencoded({ extended: false }))
  app.use(onExpress.dpopGuard({ ...options, ...profile.adapterOptions }))
  for (const check of checksOf(onExpress, profile.route)) app.use(check)
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
  app.use(onKoa.dpopGuard({ ...options, ...profile.adapterOptions }))
  for (const check of checksOf(onKoa, profile.route)) app.use(check)
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

async function startFastify({ route, adapterOptions }: Profile, options: GuardOptions): Promise<Runtime> {
  const app = fastify()
  let handlerCalls = 0
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  await app.register(onFastify.dpopGuard, { ...options, ...adapterOptions })
  const handle = async (request: FastifyRequest, reply: FastifyReply) => {
    handlerCalls++
    reply.type(handlerType).header('Cache-Control', handlerCacheControl)
    return describeCaller(adapterOptions?.reportOnly ? onFastify.getOptionalAuth(request) : request.auth)
  }
  // Methods that Fastify does not route end here, behind the guard.
  app.setNotFoundHandler((request, reply) => handle(request, reply.code(200)))
  app.all('*', route ? { config: { dpop: route as onFastify.DpopRouteConfig } } : {}, handle)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const [address] = app.addresses()
  if (typeof address !== 'object') throw new Error('the server has no port')
  const send = sendTo(address.port, () => handlerCalls)
  return { name: 'Fastify 5', beforeBodies: true, send, close: () => app.close() }
}

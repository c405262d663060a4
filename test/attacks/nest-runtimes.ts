/** Nest on both of its platforms. A controller answers every method and path. */
import type { AddressInfo } from 'node:net'
import type { Auth, GuardOptions } from '@dpop-guard/core'
import type { CallerRequirements } from '@dpop-guard/core/plugin'
import {
  AnyScope,
  type CallerDecorator,
  DpopModule,
  OptionalAuth,
  RequireClaims,
  RequireDpop,
  Scopes,
  StepUp,
} from '@dpop-guard/nestjs'
import { All, applyDecorators, Controller, Header, HttpCode, Module } from '@nestjs/common'
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import type { Profile } from './profiles.js'
import { describeCaller, handlerCacheControl, handlerType, type Runtime, type StartRuntime } from './runtime.js'
import { sendTo } from './send-to.js'

export const startNestOnExpress: StartRuntime = (profile, options) => {
  const adapter = new ExpressAdapter()
  // The other frameworks send no ETag for a string.
  adapter.disable('etag')
  return startNest({ name: 'Nest on Express', answersBefore: onExpress }, adapter, profile, options)
}

export const startNestOnFastify: StartRuntime = (profile, options) => {
  const adapter = new FastifyAdapter()
  adapter
    .getInstance()
    .addContentTypeParser('*', (_request: unknown, _payload: unknown, done: (error: null) => void) => done(null))
  return startNest({ name: 'Nest on Fastify', answersBefore: onFastify }, adapter, profile, options)
}

type AnsweredBefore = NonNullable<Runtime['answersBefore']>

const noRoute = 'a guard of Nest runs for a route, and this target has none'
const noParameter = 'the router of Express decodes the parameters of a route before it calls the route'
const notByFastify = 'Fastify routes the methods of its list, and a guard of Nest runs for a route'

const onEveryPlatform: AnsweredBefore = {
  'an asterisk for a target is rejected (target-asterisk)': { status: 404, because: noRoute },
  'an asterisk for the target of OPTIONS is rejected (target-asterisk-options)': { status: 404, because: noRoute },
}

const onExpress: AnsweredBefore = {
  ...onEveryPlatform,
  'a target with half of an encoded letter is rejected (target-half-of-utf8)': { status: 400, because: noParameter },
  'a target with a percent sign alone is rejected (target-percent-alone)': { status: 400, because: noParameter },
  'a target with a percent sign before other letters is rejected (target-percent-letters)': {
    status: 400,
    because: noParameter,
  },
  'a target that ends in a percent sign alone, and htu of just that is rejected (target-and-htu-percent-alone)': {
    status: 400,
    because: noParameter,
  },
  'a target that cannot be normalised, and htu of just that is rejected (target-and-htu-percent-letters)': {
    status: 400,
    because: noParameter,
  },
}

const onFastify: AnsweredBefore = {
  ...onEveryPlatform,
  'a target with a port beyond 65535 is rejected (target-absolute-port-65536)': { status: 400, because: noRoute },
  'a target of scheme ftp is rejected (target-absolute-ftp)': { status: 400, because: noRoute },
  'a good PURGE request is accepted': { status: 404, because: notByFastify },
  'a good M-SEARCH request is accepted': { status: 404, because: notByFastify },
}

function requirementsOf({ mode, scopes, anyScope, claims, stepUp }: CallerRequirements = {}): CallerDecorator[] {
  return [
    mode ? RequireDpop() : [],
    scopes ? Scopes(...scopes) : [],
    anyScope ? AnyScope(...anyScope) : [],
    claims ? RequireClaims(claims) : [],
    stepUp ? StepUp(stepUp) : [],
  ].flat()
}

async function startNest(
  host: Pick<Runtime, 'name' | 'answersBefore'>,
  adapter: AbstractHttpAdapter,
  { parsesForms, route, adapterOptions }: Profile,
  options: GuardOptions,
): Promise<Runtime> {
  let handlerCalls = 0
  const requirements = requirementsOf(route)

  @Controller()
  class Orders {
    @All('*')
    @HttpCode(200)
    @Header('Content-Type', handlerType)
    @Header('Cache-Control', handlerCacheControl)
    @applyDecorators(...requirements)
    answer(@OptionalAuth() auth: Auth | undefined) {
      handlerCalls++
      return describeCaller(auth)
    }
  }

  @Module({ imports: [DpopModule.forRoot({ ...options, ...adapterOptions })], controllers: [Orders] })
  class Api {}

  const app = await NestFactory.create(Api, adapter, {
    logger: false,
    abortOnError: false,
    bodyParser: parsesForms ?? false,
  })
  await app.listen(0, '127.0.0.1')
  const { port }: AddressInfo = app.getHttpServer().address()
  return { ...host, send: sendTo(port, () => handlerCalls), close: () => app.close() }
}

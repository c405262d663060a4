import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Auth, createGuard } from '@dpop-guard/core'
import * as onExpress from '@dpop-guard/express'
import * as onFastify from '@dpop-guard/fastify'
import {
  CurrentAuth,
  DpopGuard,
  DpopModule,
  type DpopModuleOptions,
  getAuth,
  getOptionalAuth,
  OptionalAuth,
  Public,
  RejectionException,
  Scopes,
  StepUp,
} from '@dpop-guard/nestjs'
import {
  type ArgumentsHost,
  Body,
  type CallHandler,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  Header,
  HttpException,
  Inject,
  Injectable,
  Module,
  type NestInterceptor,
  Post,
  Sse,
} from '@nestjs/common'
import { APP_FILTER, APP_INTERCEPTOR } from '@nestjs/core'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { of } from 'rxjs'
import { describe, expect, test, vi } from 'vitest'
import { challengeOf } from '../support/guarded-api.js'
import { type CreateAdapter, platforms, startNest } from './nest-app.js'

@Controller('orders')
class Orders {
  @Get()
  list(@CurrentAuth() auth: Auth) {
    return { for: auth.subject }
  }

  @Get('optional')
  anyone(@OptionalAuth() auth: Auth | undefined) {
    return { for: auth?.subject ?? 'nobody' }
  }

  @Get('open')
  @Public()
  open() {
    return { open: true }
  }

  @Get('open/caller')
  @Public()
  caller(@CurrentAuth() auth: Auth) {
    return auth
  }

  @Post()
  @Scopes('orders:write')
  add(@Body() body: unknown, @CurrentAuth() auth: Auth) {
    return { for: auth.subject, got: body }
  }

  @Get('admin')
  @Scopes('orders:admin')
  admin() {
    return {}
  }

  @Get('mfa')
  @StepUp({ acrValues: ['urn:example:mfa'] })
  mfa() {
    return {}
  }

  @Get('broken')
  broken() {
    throw new Error('the database is gone')
  }

  @Get('cached')
  @Header('Cache-Control', 'max-age=60')
  cached() {
    return {}
  }

  @Sse('events')
  events() {
    return of({ data: 'created' })
  }
}

// biome-ignore lint/suspicious/noExplicitAny: the type that TypeScript wants of a class to extend.
type Class = new (...args: any[]) => object

/** As decorators from the time before classes do. */
function functionFor(target: Class): unknown {
  const make = function (this: unknown, ...args: unknown[]) {
    return Reflect.construct(target, args)
  }
  make.prototype = target.prototype
  return make
}

function makerOf(target: Class): Class {
  return class {
    constructor(...args: unknown[]) {
      // biome-ignore lint/correctness/noConstructorReturn: this is what such decorators do.
      return Reflect.construct(target, args)
    }
  }
}

function copyOf(target: Class): Class {
  class Copy {}
  const { constructor: _own, ...methods } = Object.getOwnPropertyDescriptors(target.prototype)
  Object.defineProperties(Copy.prototype, methods)
  return Copy
}

/** What a guard that is not on Nest answers to a request without credentials. */
const emptyChallenge = { scheme: 'DPoP', algs: 'ES256 PS256 Ed25519 EdDSA' }

const ofPlatform: Record<string, { createAdapter: CreateAdapter; isFastify: boolean }> = Object.fromEntries(
  Object.entries(platforms).map(([name, createAdapter]) => [name, { createAdapter, isFastify: name === 'Fastify' }]),
)

describe.each(Object.entries(ofPlatform))('on %s', (_name, { createAdapter, isFastify }) => {
  const start = (parts: Parameters<typeof startNest>[1] = {}) =>
    startNest(createAdapter, { controllers: [Orders], ...parts })

  test('a handler gets its caller, and a request without credentials gets the challenge and no body', async () => {
    const { api, logged } = await start()
    expect(await api.call('GET', '/orders')).toMatchObject({ status: 200, body: '{"for":"alice"}' })
    const rejected = await api.send('GET', '/orders')
    expect(rejected).toMatchObject({ status: 401, body: '' })
    expect(challengeOf(rejected)).toEqual(emptyChallenge)
    expect(logged).not.toHaveBeenCalled()
  })

  test('an application does not start if a handler has lost its scopes to another decorator', async () => {
    const logs = (_target: object, _name: string, descriptor: PropertyDescriptor) => {
      const { value } = descriptor
      descriptor.value = (...args: unknown[]) => value(...args)
    }
    @Controller('reports')
    class Reports {
      @Get()
      @logs
      @Scopes('orders:admin')
      list() {
        return {}
      }
    }
    await expect(start({ controllers: [Reports] })).rejects.toThrow('another decorator has replaced Reports.list')
  })

  test.each<[form: string, replace: (target: Class) => unknown, starts: boolean]>([
    ['a class that extends it', (target) => class extends target {}, true],
    ['a class that makes its instances', makerOf, true],
    ['a proxy', (target) => new Proxy(target, {}), false],
    ['a function that makes its instances', functionFor, false],
    ['a class with its methods', copyOf, false],
  ])(
    'a controller that a decorator replaces by %s keeps its scopes, or the application does not start',
    async (_form, replace, starts) => {
      @Controller('reports')
      @(replace as ClassDecorator)
      @Scopes('orders:admin')
      class Reports {
        @Get()
        list() {
          return {}
        }
      }
      const started = start({ controllers: [Reports] })
      if (!starts) return expect(started).rejects.toThrow('another decorator has replaced the class Reports')
      const { api } = await started
      expect((await api.call('GET', '/reports')).status).toBe(403)
      expect((await api.call('GET', '/reports', { scope: 'orders:admin' })).status).toBe(200)
    },
  )

  test('an event stream is guarded', async () => {
    const { api } = await start()
    expect((await api.send('GET', '/orders/events')).status).toBe(401)
    const accepted = await api.call('GET', '/orders/events')
    expect(accepted.status).toBe(200)
    expect(accepted.body).toContain('data: created')
  })

  test('a handler gets a parsed body, also of a form, and a token in the form is a bad request', async () => {
    const { api } = await start()
    const form = ['Content-Type', 'application/x-www-form-urlencoded']
    const json = await api.call('POST', '/orders', {
      headers: ['Content-Type', 'application/json'],
      body: '{"item":1}',
    })
    expect(json).toMatchObject({ status: 201, body: '{"for":"alice","got":{"item":1}}' })
    const good = await api.call('POST', '/orders', { headers: form, body: 'item=1' })
    expect(good).toMatchObject({ status: 201, body: '{"for":"alice","got":{"item":"1"}}' })
    const bad = await api.call('POST', '/orders', { headers: form, body: 'item=1&access_token=abc' })
    expect(bad.status).toBe(400)
    expect(challengeOf(bad)).toMatchObject({ scheme: 'DPoP', error: 'invalid_request' })
  })

  test('a nonce reaches the answer of a handler, and replaces its Cache-Control', async () => {
    const nonce = { secrets: ['a secret for tests, which has more than 32 bytes'] }
    const { api } = await start({ guard: { freshness: 'both', nonce, sendNonce: 'always' } })
    const rejected = await api.call('GET', '/orders/cached')
    expect(challengeOf(rejected).error).toBe('use_dpop_nonce')
    const [sent] = rejected.header('DPoP-Nonce')
    const accepted = await api.call('GET', '/orders/cached', { proof: { nonce: sent } })
    expect(accepted.status).toBe(200)
    expect(accepted.header('DPoP-Nonce')).toHaveLength(1)
    expect(accepted.header('Cache-Control')).toEqual(['no-store'])
  })

  test('an unknown path gets 404 from Nest, because no guard of Nest runs for it', async () => {
    const { api } = await start()
    expect((await api.send('GET', '/nowhere')).status).toBe(404)
  })

  test('the answer of a broken handler has no challenge', async () => {
    const { api } = await start()
    const response = await api.call('GET', '/orders/broken')
    expect(response.status).toBe(500)
    expect(response.header('WWW-Authenticate')).toEqual([])
  })

  describe('a public handler', () => {
    test('needs no credentials, and ignores bad ones', async () => {
      const { api } = await start()
      expect(await api.send('GET', '/orders/open')).toMatchObject({ status: 200, body: '{"open":true}' })
      expect((await api.send('GET', '/orders/open', ['Authorization', 'DPoP abc'])).status).toBe(200)
    })

    test('has no caller, and says so to the developer alone', async () => {
      const { api, logged } = await start()
      const response = await api.send('GET', '/orders/open/caller')
      expect(response.status).toBe(500)
      expect(response.body).not.toContain('guard')
      expect(String(logged.mock.calls)).toContain('dpop-guard: no guard ran for this request')
    })
  })

  describe('requirements', () => {
    test('a missing scope is 403 with the scopes that are needed', async () => {
      const { api, logged } = await start({ guard: { requiredScopes: ['orders:read'] } })
      const response = await api.call('GET', '/orders/admin')
      expect(response.status).toBe(403)
      expect(challengeOf(response)).toMatchObject({ error: 'insufficient_scope', scope: 'orders:read orders:admin' })
      expect(JSON.parse(response.body).error).toBe('insufficient_scope')
      expect((await api.call('GET', '/orders/admin', { scope: 'orders:read orders:admin' })).status).toBe(200)
      expect(logged).not.toHaveBeenCalled()
    })

    test('a stronger login is asked for', async () => {
      const { api } = await start()
      const response = await api.call('GET', '/orders/mfa')
      expect(response.status).toBe(401)
      expect(challengeOf(response)).toMatchObject({
        error: 'insufficient_user_authentication',
        acr_values: 'urn:example:mfa',
      })
    })

    test('those of a controller and those of its handler count together', async () => {
      @Controller('reports')
      @Scopes('reports')
      class Reports {
        @Get()
        @Scopes('reports:read')
        list() {
          return {}
        }

        @Get('health')
        @Public()
        health() {
          return {}
        }
      }
      class Subclass extends Reports {}
      Controller('inherited')(Subclass)
      const { api } = await start({ controllers: [Reports, Subclass] })
      for (const path of ['/reports', '/inherited']) {
        expect((await api.call('GET', path, { scope: 'reports' })).status).toBe(403)
        expect((await api.call('GET', path, { scope: 'reports:read' })).status).toBe(403)
        expect((await api.call('GET', path, { scope: 'reports reports:read' })).status).toBe(200)
        expect((await api.send('GET', `${path}/health`)).status).toBe(200)
      }
    })

    test('a handler with a requirement is guarded in a public controller', async () => {
      @Controller('pages')
      @Public()
      class Pages {
        @Get()
        list() {
          return {}
        }

        @Get('drafts')
        @Scopes('drafts')
        drafts() {
          return {}
        }
      }
      const { api } = await start({ controllers: [Pages] })
      expect((await api.send('GET', '/pages')).status).toBe(200)
      expect((await api.send('GET', '/pages/drafts')).status).toBe(401)
      expect((await api.call('GET', '/pages/drafts')).status).toBe(403)
      expect((await api.call('GET', '/pages/drafts', { scope: 'drafts' })).status).toBe(200)
    })

    test('without DpopModule, a handler with a requirement answers nobody', async () => {
      const { api, logged } = await start({ dpop: 'none' })
      expect((await api.call('GET', '/orders/admin', { scope: 'orders:admin' })).status).toBe(500)
      expect(String(logged.mock.calls)).toContain('dpop-guard: no guard ran for this request')
    })
  })

  test('with optional credentials, a request without any has no caller', async () => {
    const { api } = await start({ guard: { credentials: 'optional' } })
    expect((await api.send('GET', '/orders/optional')).body).toBe('{"for":"nobody"}')
    expect((await api.call('GET', '/orders/optional')).body).toBe('{"for":"alice"}')
    expect((await api.send('GET', '/orders/optional', ['Authorization', 'DPoP abc'])).status).toBe(401)
    expect((await api.send('GET', '/orders')).status).toBe(500)
  })

  test('an interceptor finds the caller', async () => {
    const seen: unknown[] = []
    const interceptor: NestInterceptor = {
      intercept(context: ExecutionContext, next: CallHandler) {
        const request = context.switchToHttp().getRequest()
        seen.push(getAuth(request).subject, getOptionalAuth(request)?.clientId)
        return next.handle()
      },
    }
    const { api } = await start({ providers: [{ provide: APP_INTERCEPTOR, useValue: interceptor }] })
    await api.call('GET', '/orders')
    expect(seen).toEqual(['alice', 'client-1'])
  })

  describe('exception filters', () => {
    const caught: unknown[] = []

    @Catch()
    class Everything implements ExceptionFilter {
      catch(exception: unknown, host: ArgumentsHost) {
        caught.push(exception)
        const status = exception instanceof HttpException ? exception.getStatus() : 500
        host.switchToHttp().getResponse().status(status).send({ problem: 'mine' })
      }
    }

    test('are not asked about a rejected request', async () => {
      caught.length = 0
      const { api, logged } = await start({ providers: [{ provide: APP_FILTER, useClass: Everything }] })
      const rejected = await api.send('GET', '/orders')
      expect(rejected).toMatchObject({ status: 401, body: '' })
      expect(challengeOf(rejected)).toEqual(emptyChallenge)
      expect((await api.call('GET', '/orders/admin')).status).toBe(403)
      expect(caught).toEqual([])
      expect(logged).not.toHaveBeenCalled()
      expect((await api.call('GET', '/orders/broken')).body).toBe('{"problem":"mine"}')
    })

    test("with onRejected: 'error', they write the body, and the challenge is as elsewhere", async () => {
      caught.length = 0
      const { api, logged } = await start({
        guard: { onRejected: 'error' },
        providers: [{ provide: APP_FILTER, useClass: Everything }],
      })
      const rejected = await api.send('GET', '/orders', ['Authorization', 'DPoP abc'])
      expect(rejected).toMatchObject({ status: 401, body: '{"problem":"mine"}' })
      expect(challengeOf(rejected).error).toBe('invalid_dpop_proof')
      const [exception] = caught
      expect(exception).toBeInstanceOf(RejectionException)
      expect(exception).toMatchObject({
        message: 'DPoP proof missing',
        headers: { 'www-authenticate': rejected.header('WWW-Authenticate') },
        rejection: { reason: 'proof_missing', status: 401, error: 'invalid_dpop_proof' },
      })
      const lacksScope = await api.call('GET', '/orders/admin')
      expect(lacksScope).toMatchObject({ status: 403, body: '{"problem":"mine"}' })
      expect(challengeOf(lacksScope).error).toBe('insufficient_scope')
      expect(logged).not.toHaveBeenCalled()
    })

    test("with onRejected: 'error', Nest's own filter keeps status and challenge, and logs nothing", async () => {
      const { api, logged } = await start({ guard: { onRejected: 'error', mode: 'bearer-and-dpop' } })
      const rejected = await api.send('GET', '/orders')
      expect(rejected).toMatchObject({ status: 401, body: '{"statusCode":401,"message":"Unauthorized"}' })
      expect(rejected.header('WWW-Authenticate').map((line) => line.split(' ', 1)[0])).toEqual(['Bearer', 'DPoP'])
      expect(logged).not.toHaveBeenCalled()
    })

    test("with onRejected: 'error', a broken replay store is 503 without a challenge", async () => {
      const replayStore = { addIfAbsent: () => Promise.reject(new Error('down')) }
      const { api } = await start({ guard: { onRejected: 'error', replayStore } })
      const response = await api.call('GET', '/orders')
      expect(response).toMatchObject({ status: 503, body: '{"statusCode":503,"message":"Service Unavailable"}' })
      expect(response.header('WWW-Authenticate')).toEqual([])
    })
  })

  test('a rejected request is garbage afterwards', async () => {
    const collect = findCollector()
    const requests: WeakRef<object>[] = []
    const { api } = await start({
      configure(app) {
        app.use((request: object, _response: unknown, next: () => void) => {
          requests.push(new WeakRef(request))
          next()
        })
      },
    })
    expect((await api.send('GET', '/orders')).status).toBe(401)
    await expect
      .poll(() => {
        collect()
        return requests.map((request) => request.deref())
      })
      .toEqual([undefined])
  })

  test('with reportOnly every request passes, and nothing is set', async () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const { api } = await start({ guard: { reportOnly: true, resourceMetadata: {} } })
    for (const headers of [[], ['Authorization', 'DPoP abc']]) {
      const response = await api.send('GET', '/orders/optional', headers)
      expect(response).toMatchObject({ status: 200, body: '{"for":"nobody"}' })
      expect(response.header('WWW-Authenticate')).toEqual([])
    }
    expect((await api.call('GET', '/orders/optional')).body).toBe('{"for":"alice"}')
    expect((await api.call('GET', '/orders/admin')).status).toBe(200)
    expect((await api.send('GET', '/.well-known/oauth-protected-resource')).status).toBe(404)
    emitWarning.mockRestore()
  })

  describe('the resource metadata', () => {
    const guard = { resourceMetadata: {} }
    const path = '/.well-known/oauth-protected-resource'

    test('is served beside a global prefix, to preflights too, without credentials', async () => {
      const { api } = await start({ guard, configure: (app) => void app.setGlobalPrefix('v1') })
      const document = await api.send('GET', path)
      expect(document.status).toBe(200)
      expect(JSON.parse(document.body)).toMatchObject({ resource: api.origin })
      const preflight = await api.send('OPTIONS', path, [
        'Origin',
        'https://a.b',
        'Access-Control-Request-Method',
        'GET',
      ])
      expect(preflight).toMatchObject({ status: 204, body: '' })
      expect(preflight.header('Access-Control-Allow-Origin')).toEqual(['*'])
      expect((await api.call('GET', '/v1/orders')).status).toBe(200)
      expect((await api.send('GET', '/v1/orders')).status).toBe(401)
    })

    test('is not served without the option', async () => {
      const { api } = await start()
      expect((await api.send('GET', path)).status).toBe(404)
    })
  })

  describe('before bodies are parsed', () => {
    const headers = ['Content-Type', 'application/json', 'Content-Length', '90000']

    test("the platform's own guard with the same guard rejects, and the module accepts its result", async () => {
      const { api } = await start({
        async configure(app) {
          const { guard } = app.get(DpopGuard)
          if (isFastify) await (app as NestFastifyApplication).register(onFastify.dpopGuard, { guard })
          else app.use('/orders', onExpress.dpopGuard({ guard }))
        },
      })
      const rejected = await api.send('POST', '/orders', headers)
      expect(rejected).toMatchObject({ status: 401, body: '' })
      const body = '{"item":1}'
      const accepted = await api.call('POST', '/orders', { headers: ['Content-Type', 'application/json'], body })
      expect(accepted).toMatchObject({ status: 201, body: '{"for":"alice","got":{"item":1}}' })
      expect((await api.call('GET', '/orders/admin')).status).toBe(403)
    })
  })

  describe('forRootAsync', () => {
    const settings = Symbol('settings')

    const withSettings = (options: DpopModuleOptions) => {
      @Module({ providers: [{ provide: settings, useValue: options }], exports: [settings] })
      class Settings {}
      return Settings
    }

    @Injectable()
    class Factory {
      private readonly settings: DpopModuleOptions
      constructor(@Inject(settings) given: DpopModuleOptions) {
        this.settings = given
      }
      async createDpopOptions() {
        return this.settings
      }
    }

    test.each<{ form: string; dpop: (options: DpopModuleOptions) => ReturnType<typeof DpopModule.forRootAsync> }>([
      {
        form: 'useFactory',
        dpop: (options) =>
          DpopModule.forRootAsync({
            imports: [withSettings(options)],
            inject: [settings],
            useFactory: async (given: DpopModuleOptions) => given,
          }),
      },
      {
        form: 'useClass',
        dpop: (options) => DpopModule.forRootAsync({ imports: [withSettings(options)], useClass: Factory }),
      },
      {
        form: 'useExisting',
        dpop(options) {
          @Module({ imports: [withSettings(options)], providers: [Factory], exports: [Factory] })
          class Factories {}
          return DpopModule.forRootAsync({ imports: [Factories], useExisting: Factory })
        },
      },
    ])('takes $form', async ({ dpop }) => {
      const { api } = await start({ dpop })
      expect((await api.call('GET', '/orders')).status).toBe(200)
      expect((await api.send('GET', '/orders')).status).toBe(401)
    })

    test('an application with invalid options does not start, and the error names the option', async () => {
      const dpop = () => DpopModule.forRootAsync({ useFactory: () => ({ issuer: 'https://as.example.com' }) as never })
      await expect(start({ dpop })).rejects.toThrow('dpop-guard: option "resource" is required')
    })
  })

  test('a guard can be made before, and DpopGuard has it', async () => {
    let injected: unknown
    const made: unknown[] = []
    const { api } = await start({
      dpop({ onRejected: _, ...options }) {
        const guard = createGuard(options as Parameters<typeof createGuard>[0])
        made.push(guard)
        return DpopModule.forRoot({ guard })
      },
      configure(app) {
        injected = app.get(DpopGuard).guard
      },
    })
    expect(injected).toBe(made[0])
    expect((await api.call('GET', '/orders')).status).toBe(200)
  })
})

/** The function that collects garbage. Bun has one of its own. */
function findCollector(): () => void {
  const bun: { gc(force: boolean): void } | undefined = Reflect.get(globalThis, 'Bun')
  if (bun !== undefined) return () => bun.gc(true)
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc')
}

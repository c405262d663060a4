import type { IncomingMessage, ServerResponse } from 'node:http'
import { conflictingOptions, missingOption, readObjectOption } from '@dpop-guard/core/internal'
import {
  answerMetadata,
  type Plugin,
  type PluginOptions,
  readPluginOptions,
  receivedRequest,
  writeHeaders,
} from '@dpop-guard/core/plugin'
import {
  type DynamicModule,
  Inject,
  Module,
  type NestModule,
  type OnModuleInit,
  type Provider,
  type Type,
} from '@nestjs/common'
import { APP_GUARD, HttpAdapterHost, ModulesContainer } from '@nestjs/core'
import { checkDecorators } from './decorators.js'
import { DpopGuard } from './guard.js'

/** Options of {@link DpopModule}: the options of `createGuard` (or `{ guard }`), and `onRejected`. */
export type DpopModuleOptions = PluginOptions

/** A class that makes the options, for `useClass` and `useExisting`. */
export interface DpopOptionsFactory {
  createDpopOptions(): DpopModuleOptions | Promise<DpopModuleOptions>
}

/** Where the options come from. Set exactly one of `useFactory`, `useClass` and `useExisting`. */
export interface DpopModuleAsyncOptions {
  /** Modules that export what the factory needs. */
  imports?: DynamicModule['imports'] | undefined
  /** The parameters of `useFactory`. */
  inject?: Extract<Provider, { useFactory: unknown }>['inject'] | undefined
  // biome-ignore lint/suspicious/noExplicitAny: the types of the parameters are yours, as in Nest's own types.
  useFactory?: ((...parts: any[]) => DpopModuleOptions | Promise<DpopModuleOptions>) | undefined
  /** A class to make an instance of. */
  useClass?: Type<DpopOptionsFactory> | undefined
  /** A provider that exists already. */
  useExisting?: Type<DpopOptionsFactory> | string | symbol | undefined
}

const pluginToken = Symbol('@dpop-guard/nestjs: plugin')

/**
 * Accepts only requests with a valid access token that is bound to a key, and with a fresh DPoP proof of that key for this
 * request (RFC 9449 section 7). Answers all other requests with a status and a challenge that tell the client what to do.
 *
 * Guards the handlers of all controllers of the application, except those with `@Public()`. Serves the resource metadata
 * document, if the options have `resourceMetadata`. Does NOT guard what Nest's router does not reach: middleware, static files,
 * and paths without a handler, which get 404. Nest parses bodies before it calls any guard; the README has a way around.
 *
 * Does NOT protect the body, the query and the other headers (RFC 9449 section 11.7). Does NOT check permissions other than
 * scopes.
 *
 * @example
 * @Module({ imports: [DpopModule.forRoot({ issuer: 'https://as.example.com', resource: 'https://api.example.com' })] })
 * export class AppModule {}
 */
@Module({})
export class DpopModule implements NestModule, OnModuleInit {
  readonly #plugin: Plugin
  readonly #host: HttpAdapterHost
  readonly #modules: ModulesContainer

  /** For Nest. */
  constructor(
    @Inject(pluginToken) plugin: Plugin,
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
    @Inject(ModulesContainer) modules: ModulesContainer,
  ) {
    this.#plugin = plugin
    this.#host = host
    this.#modules = modules
  }

  /** Throws a TypeError for invalid options. */
  static forRoot(options: DpopModuleOptions): DynamicModule {
    return moduleWith([{ provide: pluginToken, useValue: readPluginOptions(options) }])
  }

  /** Throws a TypeError for an invalid form. The application does not start with invalid options. */
  static forRootAsync(options: DpopModuleAsyncOptions): DynamicModule {
    const providers = readFactoryOption(options)
    return { ...moduleWith(providers), imports: options.imports ?? [] }
  }

  /** Throws a TypeError for a handler that has lost a decorator of this package, so that the application does not start. */
  onModuleInit(): void {
    for (const { controllers } of this.#modules.values()) {
      for (const { metatype, instance } of controllers.values()) {
        if (typeof metatype === 'function') checkDecorators(metatype)
        // A class may make instances of another one.
        if (typeof instance?.constructor === 'function') checkDecorators(instance.constructor)
      }
    }
  }

  /** Serves the resource metadata document below the router, because a global prefix does not apply to it. */
  configure(): void {
    if (this.#plugin.guard.resourceMetadata === undefined || !this.#plugin.enforced) return
    this.#host.httpAdapter.use((request: ServedRequest, response: ServerResponse, next: () => void) => {
      const document = answerMetadata(this.#plugin, receivedRequest(request, request.originalUrl ?? request.url))
      if (document === undefined) return next()
      response.statusCode = document.status
      writeHeaders(document, response)
      response.end(document.body)
    })
  }
}

/** Both platforms give a middleware Node's own request. */
interface ServedRequest extends IncomingMessage {
  originalUrl?: string
}

function moduleWith(providers: Provider[]): DynamicModule {
  return {
    module: DpopModule,
    providers: [
      ...providers,
      { provide: DpopGuard, useFactory: (plugin: Plugin) => new DpopGuard(plugin), inject: [pluginToken] },
      // By another token, so that a test can override the guard.
      { provide: APP_GUARD, useExisting: DpopGuard },
    ],
    exports: [DpopGuard],
  }
}

const sources = ['useFactory', 'useClass', 'useExisting'] as const

function readFactoryOption(options: DpopModuleAsyncOptions): Provider[] {
  readObjectOption('', options, ['imports', 'inject', ...sources])
  const { useFactory, useClass, useExisting, inject = [] } = options
  const [source, other] = sources.filter((name) => options[name] !== undefined)
  if (source === undefined) throw missingOption('useFactory', 'a function that returns the options; or set "useClass"')
  if (other !== undefined) throw conflictingOptions(other, `"${source}" to be left out`)
  if (useFactory !== undefined) {
    const make = async (...parts: unknown[]) => readPluginOptions(await useFactory(...parts))
    return [{ provide: pluginToken, useFactory: make, inject }]
  }
  const make = async (factory: DpopOptionsFactory) => readPluginOptions(await factory.createDpopOptions())
  const provider = { provide: pluginToken, useFactory: make, inject: [useExisting ?? useClass ?? ''] }
  return useClass === undefined ? [provider] : [provider, useClass]
}

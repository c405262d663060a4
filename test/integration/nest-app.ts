/** A Nest application on either platform, on a real socket, until the test is finished. */
import type { RequestListener } from 'node:http'
import { DpopModule, type DpopModuleOptions } from '@dpop-guard/nestjs'
import { type INestApplication, type LoggerService, Module, type ModuleMetadata } from '@nestjs/common'
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { onTestFinished, vi } from 'vitest'
import { type Scene, startApi } from '../support/guarded-api.js'

/** Makes the adapter of a platform. */
export type CreateAdapter = () => AbstractHttpAdapter

export const platforms: Record<string, CreateAdapter> = {
  Express: () => new ExpressAdapter(),
  Fastify: () => new FastifyAdapter(),
}

export interface NestParts extends ModuleMetadata {
  /** Options to add to those of every guard in these tests. */
  guard?: Partial<DpopModuleOptions> | undefined
  /** Makes the module from the options. Default `DpopModule.forRoot`. `none`: the application has no DpopModule. */
  dpop?: ((options: DpopModuleOptions) => NonNullable<ModuleMetadata['imports']>[number]) | 'none'
  /** Called before the application starts, as in a `main.ts`. */
  configure?: (app: INestApplication, options: DpopModuleOptions) => void | Promise<void>
}

/** Starts it. `logged` has the warnings and errors of Nest's logger. */
export async function startNest(createAdapter: CreateAdapter, parts: NestParts) {
  const { guard, dpop = (options) => DpopModule.forRoot(options), configure, imports = [], ...metadata } = parts
  const logged = vi.fn()
  const logger: LoggerService = { log: () => {}, warn: logged, error: logged, fatal: logged }

  const api = await startApi(async (scene: Scene): Promise<RequestListener> => {
    const options: DpopModuleOptions = { ...scene, ...guard }
    const adapter = createAdapter()

    @Module({ ...metadata, imports: [...(dpop === 'none' ? [] : [dpop(options)]), ...imports] })
    class Api {}

    const app = await NestFactory.create(Api, adapter, { logger, abortOnError: false })
    onTestFinished(() => app.close())
    await configure?.(app, options)
    await app.init()
    if (!(adapter instanceof FastifyAdapter)) return adapter.getInstance()
    const fastify = adapter.getInstance()
    await fastify.ready()
    return fastify.routing
  })
  return { api, logged }
}

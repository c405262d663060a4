import type { GuardOptions } from '@dpop-guard/core'
import { Validator } from '@seriousme/openapi-schema-validator'
import type { FastifyInstance } from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { createScene } from '../support/guard-scene.js'
import { importCode } from './code.js'

const page = 'packages/core/docs/openapi.md'

interface Description {
  paths: Record<string, { get: { responses: object; parameters?: unknown[] } }>
}

async function checkDescription(description: object): Promise<void> {
  expect(await new Validator().validate({ ...structuredClone(description) })).toMatchObject({ valid: true })
  const { '/orders': orders, '/status': status } = (description as Description).paths
  expect(Object.keys(orders?.get.responses ?? {})).toEqual(['200', '400', '401', '403', '503'])
  expect(orders?.get.parameters).toEqual([{ $ref: '#/components/parameters/DpopProof' }])
  expect(Object.keys(status?.get.responses ?? {})).toEqual(['200'])
}

test('@fastify/swagger serves a valid description, and its answers are those of the guard', async () => {
  type Api = FastifyInstance & { swagger(): object }
  const { createApp } = await importCode<{ createApp(options: GuardOptions): Promise<Api> }>(page, '@fastify/swagger')
  const scene = createScene()
  const app = await createApp(scene.options)
  onTestFinished(() => app.close())
  await app.ready()
  await checkDescription(app.swagger())
  expect((await app.inject('/orders')).statusCode).toBe(401)
  expect((await app.inject('/status')).statusCode).toBe(200)
})

test('a description that @nestjs/swagger makes gets the guard', async () => {
  interface Example {
    describe(
      module: { createDocument(app: unknown, config: object): object },
      app: unknown,
      options: GuardOptions,
    ): object
  }
  const { describe } = await importCode<Example>(page, 'SwaggerModule')
  // As @nestjs/swagger makes it for a controller with two routes.
  const paths = {
    '/orders': {
      get: { operationId: 'orders', parameters: [], responses: { 200: { description: '' } }, tags: ['App'] },
    },
    '/status': {
      get: { operationId: 'status', parameters: [], responses: { 200: { description: '' } }, security: [] },
    },
  }
  const module = { createDocument: (_app: unknown, config: object) => ({ ...config, paths, servers: [], tags: [] }) }
  await checkDescription(describe(module, {}, createScene().options))
})

test('the description that is written by hand is valid', async () => {
  const { description } = await importCode<{ description: object }>(page, 'export const description')
  await checkDescription(description)
})

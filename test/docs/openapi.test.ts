import { randomBytes } from 'node:crypto'
import { createGuard, type GuardOptions } from '@dpop-guard/core'
import { openApi } from '@dpop-guard/core/openapi'
import { Validator } from '@seriousme/openapi-schema-validator'
import type { FastifyInstance } from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'
import { everyHost } from '../support/every-host.js'
import { createScene, now } from '../support/guard-scene.js'
import { startApi } from '../support/guarded-api.js'
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
  const { describe: describeApi } = await importCode<Example>(page, 'SwaggerModule')
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
  await checkDescription(describeApi(module, {}, createScene().options))
})

test('the description that is written by hand is valid', async () => {
  const { description } = await importCode<{ description: object }>(page, 'export const description')
  await checkDescription(description)
})

describe.each(['adaptive', 'nonce'] as const)('with freshness %j', (freshness) => {
  test.each(Object.entries(everyHost))(
    'on %s, each answer of the guard is in its description',
    async (_, createHost) => {
      let revocation = async () => false
      const options = {
        credentials: 'required',
        freshness,
        nonce: { secrets: [randomBytes(32).toString('base64url')] },
        requiredScopes: ['orders:read'],
        isRevoked: () => revocation(),
      } satisfies Partial<GuardOptions>
      const api = await startApi((scene) => createHost(createGuard({ ...scene, ...options })))
      const challenge = await api.call('GET', '/orders', { proof: { now: now - 3600 } })
      const proof = { nonce: challenge.header('DPoP-Nonce')[0] }
      const malformed = await api.send('GET', '/orders', ['Authorization', 'DPoP'])
      const missing = await api.send('GET', '/orders')
      const forbidden = await api.call('GET', '/orders', { proof, scope: 'other' })
      revocation = () => Promise.reject(new Error('down'))
      const unavailable = await api.call('GET', '/orders', { proof })
      const answers = [challenge, malformed, missing, forbidden, unavailable]
      expect(answers.map(({ status }) => status)).toEqual([401, 400, 401, 403, 503])

      const { responses, components } = openApi(options)
      for (const answer of answers) {
        const name = responses[answer.status]?.$ref.split('/').at(-1) ?? ''
        const { headers = {}, content } = components.responses[name] ?? {}
        const sent = ['WWW-Authenticate', 'DPoP-Nonce'].filter((field) => answer.header(field).length > 0)
        const required = Object.keys(headers).filter((field) => headers[field]?.required)
        expect(Object.keys(headers), name).toEqual(expect.arrayContaining(sent))
        expect(sent, name).toEqual(expect.arrayContaining(required))
        if (answer.body === '') continue
        const codes = content?.['application/json'].schema.properties.error.enum
        expect(codes, name).toContain(JSON.parse(answer.body).error)
      }
    },
  )
})

import * as onFastify from '@dpop-guard/fastify'
import fastify from 'fastify'
import { describe, expect, test } from 'vitest'

describe("with onRejected: 'error', an error handler that sets no status of its own", () => {
  const options = {
    issuer: 'https://as.example.com',
    resource: 'https://api.example.com',
    onRejected: 'error',
  } as const

  test('answers with the status of the rejection', async () => {
    const app = fastify()
    app.setErrorHandler((_error, _request, reply) => reply.send({ problem: 'rejected' }))
    await app.register(onFastify.dpopGuard, options)
    const response = await app.inject({ url: '/', headers: { host: 'api.example.com' } })
    expect([response.statusCode, response.json()]).toEqual([401, { problem: 'rejected' }])
  })
})

test('every hook has a name, for stack traces and profilers', async () => {
  const app = fastify()
  const options = { issuer: 'https://as.example.com', resource: 'https://api.example.com', resourceMetadata: {} }
  await app.register(onFastify.dpopGuard, options)
  expect(app.requireScopes('orders:read').name).toBe('requireScopes')
  expect(app.requireAnyScope('orders:read').name).toBe('requireAnyScope')
  expect(app.requireClaims(() => true).name).toBe('requireClaims')
  expect(app.requireDpop().name).toBe('requireDpop')
  expect(app.requireStepUp({ maxAgeSeconds: 300 }).name).toBe('requireStepUp')
})

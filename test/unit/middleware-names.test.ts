// What stack traces, profilers and lists of an application's middleware show.
import * as onExpress from '@dpop-guard/express'
import { dpopGuard as fastifyGuard } from '@dpop-guard/fastify'
import * as onKoa from '@dpop-guard/koa'
import fastify from 'fastify'
import { expect, test } from 'vitest'

const options = { issuer: 'https://as.example.com', resource: 'https://api.example.com', resourceMetadata: {} }

test.each(Object.entries({ Express: onExpress, Koa: onKoa }))('every middleware of %s has a name', (_name, adapter) => {
  expect(adapter.dpopGuard(options).name).toBe('dpopGuard')
  expect(adapter.requireScopes('orders:read').name).toBe('requireScopes')
  expect(adapter.requireStepUp({ maxAgeSeconds: 300 }).name).toBe('requireStepUp')
  expect(adapter.protectedResourceMetadata(options).name).toBe('protectedResourceMetadata')
})

test('the hooks of Fastify have names', async () => {
  const app = fastify()
  await app.register(fastifyGuard, options)
  expect(app.requireScopes('orders:read').name).toBe('requireScopes')
  expect(app.requireStepUp({ maxAgeSeconds: 300 }).name).toBe('requireStepUp')
})

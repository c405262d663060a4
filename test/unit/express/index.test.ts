import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  dpopGuard,
  protectedResourceMetadata,
  requireAnyScope,
  requireClaims,
  requireDpop,
  requireScopes,
  requireStepUp,
} from '@dpop-guard/express'
import express from 'express'
import { describe, expect, test } from 'vitest'
import { listenOnLoopback } from '../../support/listen.js'
import { sendRequest } from '../../support/raw-http.js'

test('an error while the guard answers reaches the error handler and does not end the process', async () => {
  const app = express()
  app.use((_request: IncomingMessage, response: ServerResponse, next: () => void) => {
    const { setHeader } = response
    response.setHeader = (name, value) => {
      if (name === 'www-authenticate') throw new Error('a wrapper of another middleware')
      return setHeader.call(response, name, value)
    }
    next()
  })
  app.use(dpopGuard({ issuer: 'https://as.example.com', resource: 'https://api.example.com' }))
  const answer: express.ErrorRequestHandler = (error, _request, response, _next) => {
    response.status(500).end(error.message)
  }
  app.use(answer)
  const { server, port, close } = await listenOnLoopback()
  server.on('request', app)
  const response = await sendRequest({ port, method: 'GET', target: '/', headers: ['Host', 'api.example.com'] })
  expect([response.status, response.body]).toEqual([500, 'a wrapper of another middleware'])
  await close()
})

describe("with onRejected: 'error', an error handler that sets no status of its own", () => {
  const options = {
    issuer: 'https://as.example.com',
    resource: 'https://api.example.com',
    onRejected: 'error',
  } as const

  test('answers with the status of the rejection', async () => {
    const app = express()
    app.use(dpopGuard(options))
    const answer: express.ErrorRequestHandler = (_error, _request, response, _next) => {
      response.json({ problem: 'rejected' })
    }
    app.use(answer)
    const { server, port, close } = await listenOnLoopback()
    server.on('request', app)
    const response = await sendRequest({ port, method: 'GET', target: '/', headers: ['Host', 'api.example.com'] })
    expect([response.status, response.body]).toEqual([401, '{"problem":"rejected"}'])
    await close()
  })
})

test('every middleware has a name, for stack traces and profilers', () => {
  const options = { issuer: 'https://as.example.com', resource: 'https://api.example.com', resourceMetadata: {} }
  expect(dpopGuard(options).name).toBe('dpopGuard')
  expect(requireScopes('orders:read').name).toBe('requireScopes')
  expect(requireAnyScope('orders:read').name).toBe('requireAnyScope')
  expect(requireClaims(() => true).name).toBe('requireClaims')
  expect(requireDpop().name).toBe('requireDpop')
  expect(requireStepUp({ maxAgeSeconds: 300 }).name).toBe('requireStepUp')
  expect(protectedResourceMetadata(options).name).toBe('protectedResourceMetadata')
})

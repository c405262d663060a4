// Requests that tests create without a socket, and often without rawHeaders.
import { EventEmitter } from 'node:events'
import { dpopGuard, getAuth, getOptionalAuth } from '@dpop-guard/express'
import httpMocks from 'node-mocks-http'
import { expect, test } from 'vitest'
import { createScene } from '../support/guard-scene.js'
import { createTestIssuer } from '../support/test-issuer.js'

const scene = createScene({ credentials: 'optional' })
const forger = createTestIssuer({ issuer: scene.issuer.issuer })

/** Names and values of a flat list as an object, which mocks accept. */
function asObject(headers: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1] ?? '']] : [])),
  )
}

/** The outcome of a mocked request: the caller's name, `nobody`, or the status of the answer. */
function ask(headers: Record<string, string>): Promise<string | number> {
  const request = httpMocks.createRequest({ method: 'GET', url: '/orders', headers })
  const response = httpMocks.createResponse({ eventEmitter: EventEmitter })
  return new Promise((resolve, reject) => {
    response.on('end', () => resolve(response.statusCode))
    dpopGuard({ guard: scene.guard })(request, response, (error?: unknown) => {
      if (error !== undefined) reject(error)
      else resolve(getOptionalAuth(request) === undefined ? 'nobody' : String(getAuth(request).subject))
    })
  })
}

test('a mocked request with good credentials has its caller', async () => {
  expect(await ask(asObject(scene.request().headers))).toBe('alice')
})

test('a mocked request with forged credentials is rejected', async () => {
  const accessToken = forger.mint({ cnf: { jkt: scene.client.jkt } })
  expect(await ask(asObject(scene.request({ accessToken }).headers))).toBe(401)
})

test('a mocked request without headers has no caller', async () => {
  expect(await ask({})).toBe('nobody')
})

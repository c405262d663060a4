import { expect, onTestFinished, test } from 'vitest'
import { createScene, outcome } from '../../../support/guard-scene.js'
import { startIssuerServer } from '../../../support/test-issuer.js'

test('a token whose verification failed is verified again by the next request', async () => {
  const server = await startIssuerServer()
  onTestFinished(() => server.close())
  const { guard, request, mint, clock } = createScene({ issuer: server.issuer }, server)
  const accessToken = mint()
  server.behave('down')
  expect(await outcome(guard, request({ accessToken }))).toBe('503 keys_unavailable')
  server.behave('normal')
  clock.now += 60
  expect(await outcome(guard, request({ accessToken }))).toBe('accepted')
})

import { admit, readPluginOptions, recallAuth, recallOptionalAuth } from '@dpop-guard/core/plugin'
import { expect, test } from 'vitest'
import { createScene } from '../../../support/guard-scene.js'

test('the caller is found by the request', async () => {
  const scene = createScene()
  const request = scene.request()
  await admit(readPluginOptions({ guard: scene.guard }), request, request)
  expect(recallAuth(request)).toMatchObject({ scheme: 'DPoP', subject: 'alice' })
  expect(recallOptionalAuth(request)).toBe(recallAuth(request))
})

test('a request that no guard has accepted throws, and says what to do', async () => {
  const scene = createScene()
  const request = scene.request({ token: { exp: 1 } })
  await admit(readPluginOptions({ guard: scene.guard }), request, request)
  const message = 'dpop-guard: no guard ran for this request; put dpopGuard before this'
  expect(() => recallAuth(request)).toThrow(message)
  expect(() => recallOptionalAuth(request)).toThrow(message)
})

test('a request without credentials has no caller, and says what to call instead', async () => {
  const scene = createScene({ credentials: 'optional' })
  const request = { ...scene.request(), headers: [] }
  await admit(readPluginOptions({ guard: scene.guard }), request, request)
  expect(recallOptionalAuth(request)).toBeUndefined()
  expect(() => recallAuth(request)).toThrow(
    "dpop-guard: the request has no caller (credentials: 'optional', or reportOnly); ask getOptionalAuth() instead",
  )
})

test('the result of the last guard counts', async () => {
  const scene = createScene({ credentials: 'optional' })
  const request = { ...scene.request(), headers: [] }
  const later = { ...scene.request(), method: 'GET' }
  await admit(readPluginOptions({ guard: scene.guard }), request, request)
  await admit(readPluginOptions({ guard: scene.another() }), later, request)
  expect(recallAuth(request)).toMatchObject({ subject: 'alice' })
})

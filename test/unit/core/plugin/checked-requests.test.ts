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

test('a request that no guard has checked throws, and says what to do', () => {
  const message = 'dpop-guard: no guard ran for this request; put dpopGuard before this'
  expect(() => recallAuth({})).toThrow(message)
  expect(() => recallOptionalAuth({})).toThrow(message)
})

test('a request that the last guard rejected has no caller, also if an earlier guard accepted it', async () => {
  const scene = createScene()
  const request = scene.request()
  await admit(readPluginOptions({ guard: scene.guard }), request, request)
  await admit(readPluginOptions({ guard: scene.another({ requiredScopes: ['more'] }) }), request, request)
  const message = 'dpop-guard: the guard rejected this request, so it has no caller'
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

test('a guard checks a request again that it rejected before', async () => {
  const scene = createScene()
  const plugin = readPluginOptions({ guard: scene.guard })
  const request = scene.request()
  expect(await admit(plugin, { ...request, method: 'PUT' }, request)).toMatchObject({ admitted: false })
  expect(await admit(plugin, request, request)).toMatchObject({ admitted: true, auth: { subject: 'alice' } })
})

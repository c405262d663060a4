import { admit, readPluginOptions } from '@dpop-guard/core/plugin'
import { describe, expect, test } from 'vitest'
import { createScene } from '../../../support/guard-scene.js'
import { listenTo } from '../../../support/published-events.js'

describe('a guard that meets a request again', () => {
  test('does not check it again, and admits it without headers', async () => {
    const scene = createScene()
    const plugin = readPluginOptions({ guard: scene.guard })
    const request = scene.request({ headers: ['Origin', 'https://app.example.com'] })
    const events = listenTo('accepted')
    const first = await admit(plugin, request, request)
    expect(first).toStrictEqual({
      admitted: true,
      enforced: true,
      auth: expect.objectContaining({ subject: 'alice' }),
      headers: { 'access-control-expose-headers': 'WWW-Authenticate, DPoP-Nonce' },
      lateHeaders: undefined,
    })
    const again = await admit(readPluginOptions({ guard: scene.guard, onRejected: 'error' }), request, request)
    expect(again).toEqual({
      admitted: true,
      enforced: true,
      auth: 'auth' in first && first.auth,
      headers: {},
      lateHeaders: undefined,
    })
    expect(events).toHaveLength(1)
  })

  test('does not check it again after another guard has', async () => {
    const scene = createScene()
    const [one, other] = [scene.guard, scene.another()].map((guard) => readPluginOptions({ guard }))
    if (one === undefined || other === undefined) throw new Error('there are two')
    const request = scene.request()
    const events = listenTo('accepted')
    for (const plugin of [one, other, one, other]) {
      expect(await admit(plugin, request, request)).toMatchObject({ admitted: true })
    }
    expect(events).toHaveLength(2)
  })

  test('finds that its proof was used, if it is another request', async () => {
    const scene = createScene()
    const plugin = readPluginOptions({ guard: scene.guard })
    const request = scene.request()
    await admit(plugin, request, {})
    expect(await admit(plugin, request, {})).toMatchObject({ rejection: { reason: 'proof_replayed' } })
  })
})

test('an admitted request has the nonce and its Cache-Control apart from the other headers', async () => {
  const scene = createScene({ freshness: 'both', nonce: { secrets: ['s'.repeat(32)] }, sendNonce: 'always' })
  const plugin = readPluginOptions({ guard: scene.guard })
  const origin = ['Origin', 'https://app.example.com']
  const { headers } = await scene.guard.check({ method: 'GET', target: '/', headers: origin })
  const nonce = headers['dpop-nonce']
  const request = scene.request({ headers: origin, proof: { nonce: String(nonce) } })
  expect(await admit(plugin, request, request)).toMatchObject({
    admitted: true,
    headers: { 'access-control-expose-headers': 'WWW-Authenticate, DPoP-Nonce' },
    lateHeaders: { 'dpop-nonce': nonce, 'cache-control': 'no-store' },
  })
})

test('a request for the resource metadata needs no credentials', async () => {
  const scene = createScene({ resourceMetadata: {} })
  const request = { method: 'GET', target: '/.well-known/oauth-protected-resource', headers: [] }
  const answer = await admit(readPluginOptions({ guard: scene.guard }), request, request)
  expect(answer).toMatchObject({ admitted: false, status: 200, body: scene.guard.resourceMetadata?.body })
})

import { describe, expect, test } from 'vitest'
import { createScene } from '../../../support/guard-scene.js'

test('changes of one rejection are not in the next one', async () => {
  const { guard } = createScene()
  const request = { method: 'GET', target: '/orders', headers: [] }
  const first = await guard.check(request)
  const challenges = first.headers['www-authenticate'] as string[]
  expect(() => challenges.push('Basic realm="theirs"')).toThrow(TypeError)
  Object.assign(first.headers, { 'www-authenticate': [] })
  expect((await guard.check(request)).headers['www-authenticate']).toEqual(challenges)
})

describe('the error of a rejection is in the challenge', () => {
  const proof = { algorithms: ['ES256'] } as const
  const createBoth = () => createScene({ mode: 'bearer-and-dpop', realm: 'api', proof })
  const host = ['Host', 'api.example.com']
  const dpop = 'algs="ES256"'
  const bearer = 'realm="api"'

  test('of the scheme that the client used, also if another client used the other one before', async () => {
    const { guard, mint, request } = createBoth()
    const error = 'error="invalid_token", error_description="Access token expired"'
    const body = '{"error":"invalid_token","error_description":"Access token expired"}'
    for (let round = 0; round < 2; round++) {
      expect(await guard.check(request({ token: { exp: 1 } }))).toMatchObject({
        reason: 'token_expired',
        body,
        headers: { 'www-authenticate': [`DPoP ${error}, realm="api", ${dpop}`, `Bearer ${bearer}`] },
      })
      const headers = [...host, 'Authorization', `Bearer ${mint({ exp: 1, cnf: undefined })}`]
      expect(await guard.check({ ...request(), headers })).toMatchObject({
        reason: 'token_expired',
        body,
        headers: { 'www-authenticate': [`Bearer ${error}, ${bearer}`, `DPoP realm="api", ${dpop}`] },
      })
    }
  })

  test('of both schemes if the client used both', async () => {
    const { guard, request } = createBoth()
    const headers = [...host, 'Authorization', 'DPoP a', 'Authorization', 'Bearer a']
    expect(await guard.check({ ...request(), headers })).toMatchObject({
      reason: 'authorization_ambiguous',
      headers: {
        'www-authenticate': [
          expect.stringMatching(/^Bearer .*error="invalid_request"/),
          expect.stringMatching(/^DPoP .*error="invalid_request"/),
        ],
      },
    })
  })

  test('of no scheme if the client sent no credentials, and there is no body', async () => {
    const { guard, request } = createBoth()
    const verdict = await guard.check({ ...request(), headers: [...host, ...host] })
    expect(verdict).toMatchObject({ status: 400, reason: 'host_malformed', error: undefined, body: '' })
    expect(verdict.headers).toEqual({ 'www-authenticate': [`Bearer ${bearer}`, `DPoP realm="api", ${dpop}`] })
  })

  test('of the scheme that is offered if the client used another one', async () => {
    const { guard, request } = createScene({ proof })
    const headers = [...host, 'Authorization', 'Bearer a', 'Authorization', 'Bearer b']
    expect(await guard.check({ ...request(), headers })).toMatchObject({
      reason: 'authorization_repeated',
      error: 'invalid_request',
      headers: { 'www-authenticate': [expect.stringMatching(/^DPoP error="invalid_request"/)] },
    })
  })
})

import type { Auth, GuardOptions, StepUpOptions } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { assertRfc6750Params } from '../support/challenge-parser.js'
import {
  type Answer,
  createResourceServer,
  describeAnswer,
  now,
  paramsOf,
  type ResourceServer,
} from './resource-server.js'

const resource = 'https://api.example.com'

/** The verified caller with a token of these claims. */
async function authenticate({ guard, client, mint }: ResourceServer, claims: Record<string, unknown>): Promise<Auth> {
  const accessToken = mint({ claims })
  const proof = client.proof({ method: 'GET', url: `${resource}/`, now, accessToken })
  const headers = ['Authorization', `DPoP ${accessToken}`, 'DPoP', proof]
  const verdict = await guard.check({ method: 'GET', target: '/', headers })
  if (!verdict.accepted || verdict.auth === undefined) throw new Error('the request was rejected')
  return verdict.auth
}

/** The rejection of a caller with a token of these claims; undefined if the caller meets the requirement. */
async function stepUp(
  required: StepUpOptions,
  claims: Record<string, unknown>,
  options: Partial<GuardOptions> = {},
): Promise<Answer | undefined> {
  const server = createResourceServer({ resource, ...options })
  const rejection = server.guard.checkStepUp(await authenticate(server, claims), required)
  if (rejection === undefined) return undefined
  const answer = describeAnswer(rejection)
  answer.challenges.forEach(assertRfc6750Params)
  return answer
}

function challengeOf(answer: Answer | undefined, scheme = 'DPoP'): Record<string, string> {
  if (answer === undefined) throw new Error('the caller was accepted')
  expect(answer.status).toBe(401)
  return paramsOf(answer, scheme)
}

const algs = 'ES256 PS256 Ed25519 EdDSA'
const error = 'insufficient_user_authentication'

describe('RFC 9470 section 3, the challenge', () => {
  test('for an authentication level has acr_values, the preferred one first', async () => {
    const acrValues = ['urn:example:hwk', 'urn:example:mfa']
    expect(challengeOf(await stepUp({ acrValues }, { acr: 'urn:example:pwd' }))).toEqual({
      error,
      error_description: 'A different authentication level is required',
      acr_values: 'urn:example:hwk urn:example:mfa',
      algs,
    })
  })

  test('for an authentication time has max_age in seconds', async () => {
    expect(challengeOf(await stepUp({ maxAgeSeconds: 5 }, { auth_time: now - 6 }))).toEqual({
      error,
      error_description: 'More recent authentication is required',
      max_age: '5',
      algs,
    })
  })

  test('for both has both parameters, even if only one is not met', async () => {
    const required = { acrValues: ['urn:example:mfa'], maxAgeSeconds: 300 }
    const params = { error, acr_values: 'urn:example:mfa', max_age: '300' }
    expect(challengeOf(await stepUp(required, { acr: '0', auth_time: now }))).toMatchObject(params)
    expect(challengeOf(await stepUp(required, { acr: 'urn:example:mfa', auth_time: 0 }))).toMatchObject(params)
  })

  test('also has the scopes that the guard requires', async () => {
    const answer = await stepUp({ maxAgeSeconds: 5 }, {}, { requiredScopes: ['orders:read'] })
    expect(challengeOf(answer)).toMatchObject({ error, max_age: '5', scope: 'orders:read' })
  })

  test('also names the metadata document', async () => {
    expect(challengeOf(await stepUp({ maxAgeSeconds: 5 }, {}, { resourceMetadata: {} }))).toMatchObject({
      resource_metadata: 'https://api.example.com/.well-known/oauth-protected-resource',
    })
  })

  test('carries the error under the scheme that was used, and only there', async () => {
    const answer = await stepUp({ maxAgeSeconds: 5 }, {}, { mode: 'bearer-and-dpop' })
    expect(challengeOf(answer)).toMatchObject({ error })
    expect(challengeOf(answer, 'Bearer')).not.toHaveProperty('error')
  })

  test('is accompanied by the error in the body', async () => {
    const server = createResourceServer({ resource })
    const rejection = server.guard.checkStepUp(await authenticate(server, {}), { maxAgeSeconds: 5 })
    expect(JSON.parse(rejection?.body ?? '')).toEqual({
      error,
      error_description: 'More recent authentication is required',
    })
  })
})

describe('RFC 9470 section 5, the claims of the token', () => {
  const acrValues = ['urn:example:mfa', 'urn:example:hwk']

  test.each(acrValues)('acr %s is one of those required', async (acr) => {
    expect(await stepUp({ acrValues }, { acr })).toBeUndefined()
  })

  test.each([undefined, null, '', 'URN:EXAMPLE:MFA', ['urn:example:mfa'], 1])(
    'acr %j is not one of them',
    async (acr) => {
      expect(challengeOf(await stepUp({ acrValues }, { acr }))).toMatchObject({ error })
    },
  )

  test.each([0, 1, 299, 300])('%i seconds ago is at most 300 seconds ago', async (passed) => {
    expect(await stepUp({ maxAgeSeconds: 300 }, { auth_time: now - passed })).toBeUndefined()
  })

  test.each([now - 301, 0, -now, undefined, null, String(now), [now], true])(
    'auth_time %j is not at most 300 seconds ago',
    async (auth_time) => {
      expect(challengeOf(await stepUp({ maxAgeSeconds: 300 }, { auth_time }))).toMatchObject({ error, max_age: '300' })
    },
  )

  test('max_age of zero accepts a user who authenticated this second', async () => {
    expect(await stepUp({ maxAgeSeconds: 0 }, { auth_time: now })).toBeUndefined()
    expect(challengeOf(await stepUp({ maxAgeSeconds: 0 }, { auth_time: now - 1 }))).toMatchObject({ max_age: '0' })
  })

  test('time passes between two requests with one token', async () => {
    const server = createResourceServer({ resource })
    const auth = await authenticate(server, { auth_time: now })
    expect(server.guard.checkStepUp(auth, { maxAgeSeconds: 60 })).toBeUndefined()
    server.clock.now += 61
    expect(server.guard.checkStepUp(auth, { maxAgeSeconds: 60 })?.reason).toBe('authentication_too_old')
  })
})

describe('RFC 9470 section 9, no requirement is shown without a valid token', () => {
  test('a caller without a valid token never sees the requirement', async () => {
    const server = createResourceServer({ resource })
    const answers = [
      await server.sendBare(),
      await server.send({ claims: { exp: now - 60 } }),
      await server.send({ proof: { method: 'PUT' } }),
    ]
    for (const answer of answers) {
      expect(answer.status).toBe(401)
      expect(paramsOf(answer)).not.toHaveProperty('acr_values')
      expect(paramsOf(answer)).not.toHaveProperty('max_age')
    }
  })

  test('where credentials are optional, a caller without any gets a challenge without an error', () => {
    const { guard } = createResourceServer({ resource, credentials: 'optional' })
    const rejection = guard.checkStepUp(undefined, { maxAgeSeconds: 5 })
    if (rejection === undefined) throw new Error('the caller was accepted')
    const answer = describeAnswer(rejection)
    expect(answer.status).toBe(401)
    expect(answer.error).toBeUndefined()
  })
})

describe('RFC 9470 section 3, the requirement', () => {
  test.each([
    {},
    { acrValues: [] },
    { acrValues: ['two values'] },
    { acrValues: ['"'] },
    { acrValues: [''] },
    { maxAgeSeconds: -1 },
    { maxAgeSeconds: 1.5 },
    { maxAgeSeconds: Number.NaN },
    { maxAgeSeconds: Number.POSITIVE_INFINITY },
  ] as StepUpOptions[])('%j is invalid', (required) => {
    const { guard } = createResourceServer({ resource })
    expect(() => guard.checkStepUp(undefined, required)).toThrow(TypeError)
  })
})

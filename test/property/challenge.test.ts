import { createGuard, defaultProofAlgorithms, type FailureRule, failures } from '@dpop-guard/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { writeChallenge } from '../../packages/core/src/response/challenge.js'
import { assertRfc6750Params, parseChallenges } from '../support/challenge-parser.js'
import { mistyped } from '../support/guard-scene.js'

const quotable = fc.stringMatching(/^[\x20-\x7e]{1,40}$/)
const scopeToken = fc.stringMatching(/^[\x21\x23-\x5b\x5d-\x7e]{1,20}$/)
const scopes = fc.array(scopeToken, { minLength: 1, maxLength: 5 }).map((list) => list.join(' '))
const optional = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined })
const errors = Object.values<FailureRule>(failures).flatMap(({ error, description }) =>
  error === undefined || description === undefined ? [] : [{ error, description }],
)

test('a strict parser reads every challenge with the same values, the error first', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('DPoP' as const, 'Bearer' as const),
      fc.record({ bearerRealm: quotable, realm: optional(quotable), algs: scopes, scope: optional(scopes) }),
      optional(fc.constantFrom(...errors)),
      (scheme, parameters, failure) => {
        const line = writeChallenge(scheme, parameters, failure)
        const [challenge, ...more] = parseChallenges(line)
        if (challenge === undefined) throw new Error('no challenge')
        expect(more).toEqual([])
        expect(challenge.scheme).toBe(scheme)
        const expected = {
          error: failure?.error,
          error_description: failure?.description,
          scope: parameters.scope,
          realm: scheme === 'Bearer' ? parameters.bearerRealm : parameters.realm,
          algs: scheme === 'DPoP' ? parameters.algs : undefined,
        }
        const present = Object.entries(expected).filter(([, value]) => value !== undefined)
        expect([...challenge.params].sort()).toEqual(present.sort())
        if (failure !== undefined) expect([...challenge.params.keys()][0]).toBe('error')
      },
    ),
    { numRuns: 2000 },
  )
})

test('a guard accepts only a realm and scopes that it can write, and then writes them', async () => {
  const issuer = 'https://as.example.com'
  const text = fc.oneof(quotable, fc.string({ unit: 'binary', maxLength: 10 }))
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.oneof(scopeToken, text), { maxLength: 3 }), async (realm, requiredScopes) => {
      const resource = 'https://api.example.com'
      const make = () => createGuard({ issuer, resource, realm, requiredScopes, mode: 'bearer-and-dpop' })
      const writable =
        /^[\x20-\x7e]+$/.test(realm) && requiredScopes.every((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))
      if (!writable) {
        expect(make).toThrow(TypeError)
        return
      }
      const { headers } = await make().check({ method: 'GET', target: '/', headers: [] })
      const lines = mistyped<string[]>(headers['www-authenticate'])
      const [bearer, dpop] = lines.flatMap(parseChallenges)
      for (const challenge of lines.flatMap(parseChallenges)) assertRfc6750Params(challenge)
      const scope = requiredScopes.length > 0 ? { scope: [...new Set(requiredScopes)].join(' ') } : {}
      expect(Object.fromEntries(bearer?.params ?? [])).toEqual({ realm, ...scope })
      expect(Object.fromEntries(dpop?.params ?? [])).toEqual({
        realm,
        algs: defaultProofAlgorithms.join(' '),
        ...scope,
      })
    }),
    { numRuns: 500 },
  )
})

test.each(errors)('RFC 6750 allows $error with "$description"', (failure) => {
  const parameters = { bearerRealm: 'a', realm: undefined, algs: 'ES256', scope: undefined }
  for (const scheme of ['DPoP', 'Bearer'] as const) {
    parseChallenges(writeChallenge(scheme, parameters, failure)).forEach(assertRfc6750Params)
  }
})

test('the failure table has descriptions', () => {
  expect(errors.length).toBeGreaterThan(30)
})

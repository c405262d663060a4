// An issuer's tokens are accepted with any other keys in its set, and no untrusted client causes an outage.
import { privateMembers } from '@dpop-guard/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createScene, mistyped, now, outcome } from '../support/guard-scene.js'
import { serveDocuments } from '../support/issuer-documents.js'
import { generateSigningKey } from '../support/proof-client.js'
import { listenTo } from '../support/published-events.js'
import { createTestIssuer } from '../support/test-issuer.js'

const algorithms = ['ES256', 'RS256', 'Ed25519'] as const
const issuers = algorithms.map((alg) => createTestIssuer({ alg, kid: 'good' }))
const others = [...algorithms, 'ES384', 'PS256'] as const
const publicKeys = others.map((alg) => generateSigningKey(alg).publicKey.export({ format: 'jwk' }))
const weak = generateSigningKey('RS256', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })
const kids = ['good', 'bad', '', 'x']
const jwksUri = 'https://as.example.com/jwks'

const memberValue = fc.oneof(
  fc.constantFrom(null, true, 0, '', 'sig', 'enc', 'AQ', 'AQAB', 'AAAA', 'ES256', 'RS256', 'EdDSA', 'none', 'RSA-OAEP'),
  fc.constantFrom('EC', 'RSA', 'OKP', 'oct', 'AKP', 'P-256', 'P-384', 'Ed25519', 'X25519', '__proto__', 'constructor'),
  fc.constantFrom<unknown>(['verify'], ['sign', 'verify'], ['verify', 'encrypt'], [], ['encrypt'], { toString: 1 }),
  fc.jsonValue({ maxDepth: 2 }),
)

const members = ['kty', 'crv', 'x', 'y', 'n', 'e', 'use', 'key_ops', 'alg', 'ext', 'x5c', 'x5t', 'pub', 'exp']

/** Public keys of all types, some with a member changed, added or removed. */
const changedKey = fc
  .tuple(
    fc.constantFrom<object>(...publicKeys, weak, ...issuers.map(({ jwks }) => jwks.keys[0] ?? {})),
    fc.dictionary(fc.constantFrom(...members), fc.oneof(memberValue, fc.constant(undefined)), { maxKeys: 3 }),
    fc.constantFrom<unknown>(...kids, 7, undefined),
  )
  .map(([key, changes, kid]) => ({ ...key, ...changes, kid }))

/** Without private keys: as an option they are a TypeError, and in a fetched set a warning. */
const isPublic = (value: unknown) => !privateMembers.some((member) => Object.hasOwn(Object(value), member))

const junk = fc
  .oneof({ weight: 3, arbitrary: changedKey }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) })
  .filter(isPublic)

const surroundings = fc.record({
  issuer: fc.constantFrom(...issuers),
  before: fc.array(junk, { maxLength: 4 }),
  after: fc.array(junk, { maxLength: 4 }),
  source: fc.constantFrom('given', 'fetched'),
  extra: fc.constantFrom(
    {},
    { key_ops: ['verify', 'encrypt', 'wrapKey'] },
    { key_ops: ['sign', 'verify'] },
    { x5c: ['AAAA'], alg: undefined },
    { use: undefined, ext: 'true' },
  ),
})

type Surroundings = typeof surroundings extends fc.Arbitrary<infer Value> ? Value : never

function createKeyScene({ issuer, before, after, source, extra }: Surroundings) {
  const keys = JSON.parse(JSON.stringify([...before, { ...issuer.jwks.keys[0], ...extra }, ...after]))
  serveDocuments({ [jwksUri]: () => Response.json({ keys }) })
  const where = source === 'given' ? { jwks: mistyped<{ keys: [] }>({ keys }) } : { jwksUri }
  return createScene({ issuer: { issuer: issuer.issuer, ...where }, replayStore: 'off' }, issuer)
}

describe('with any junk around its key', () => {
  test('a good token is accepted, with a key id and without', async () => {
    await fc.assert(
      fc.asyncProperty(surroundings, async (around) => {
        const { guard, request, client } = createKeyScene(around)
        for (const header of [{}, { kid: undefined }]) {
          const accessToken = around.issuer.mint({ now, cnf: { jkt: client.jkt } }, { header })
          expect(await outcome(guard, request({ accessToken }))).toBe('accepted')
        }
      }),
      { numRuns: 300 },
    )
  })

  test('a token of another signer is a 401, and no outage', async () => {
    const outages = listenTo('unavailable')
    const header = fc.record({
      kid: fc.constantFrom(...kids, undefined),
      alg: fc.constantFrom('ES256', 'ES384', 'ES512', 'RS256', 'PS256', 'PS512', 'EdDSA', 'Ed25519', 'HS256', 'none'),
    })
    const { privateKey } = generateSigningKey('ES256')
    const untrusted = createTestIssuer()
    await fc.assert(
      fc.asyncProperty(surroundings, fc.array(header, { minLength: 1, maxLength: 4 }), async (around, headers) => {
        const { guard, request, client } = createKeyScene(around)
        for (const changed of headers) {
          const accessToken = untrusted.mint({ now, cnf: { jkt: client.jkt } }, { header: changed, privateKey })
          expect(await outcome(guard, request({ accessToken }))).toMatch(/^401 token_/)
        }
      }),
      { numRuns: 300 },
    )
    expect(outages).toEqual([])
  })
})

import type { JsonWebKey } from 'node:crypto'
import { expect, test } from 'vitest'
import { createScene, mistyped, now, outcome } from '../../../support/guard-scene.js'
import { serveDocuments } from '../../../support/issuer-documents.js'
import { generateSigningKey, type SignatureAlgorithm } from '../../../support/proof-client.js'
import { createTestIssuer, type MintOptions } from '../../../support/test-issuer.js'

type Source = 'given' | 'fetched'

const jwksUri = 'https://as.example.com/jwks'

interface Parts {
  alg?: SignatureAlgorithm
  /** Makes the set from the issuer's own public key. */
  keys: (good: JsonWebKey) => readonly unknown[]
  source?: Source
  algorithms?: readonly string[]
}

/** A guard with these keys. `ask` sends a token of the issuer, with another header or key. */
function createKeyScene({ alg = 'ES256', keys, source = 'given', algorithms }: Parts) {
  const issuer = createTestIssuer({ alg, kid: 'good' })
  const [good = {}] = issuer.jwks.keys
  const jwks = { keys: keys(good) }
  const asked = serveDocuments({ [jwksUri]: () => Response.json(jwks) })
  const where = source === 'given' ? { jwks: mistyped<{ keys: [] }>(jwks) } : { jwksUri }
  const scene = createScene({ issuer: { issuer: issuer.issuer, algorithms, ...where } }, issuer)
  const ask = (options?: MintOptions) => {
    const accessToken = issuer.mint({ now, cnf: { jkt: scene.client.jkt } }, options)
    return outcome(scene.guard, scene.request({ accessToken }))
  }
  return { ask, asked }
}

test.each([2048, 3072, 4096])('an RSA key of %i bits verifies', async (modulusLength) => {
  const { privateKey, publicKey } = generateSigningKey('RS256', { modulusLength })
  const { ask } = createKeyScene({ alg: 'RS256', keys: () => [{ ...publicKey.export({ format: 'jwk' }), kid: 'a' }] })
  expect(await ask({ privateKey, kid: 'a' })).toBe('accepted')
})

test('an RSA key without alg verifies RS and PS, one with alg verifies only that', async () => {
  const { privateKey, publicKey } = generateSigningKey('RS256')
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'a' }
  const askWith = (key: object, alg: 'RS256' | 'PS256') =>
    createKeyScene({ alg, keys: () => [key] }).ask({ privateKey, kid: 'a' })
  expect(await askWith(jwk, 'RS256')).toBe('accepted')
  expect(await askWith(jwk, 'PS256')).toBe('accepted')
  expect(await askWith({ ...jwk, alg: 'RS256' }, 'RS256')).toBe('accepted')
  expect(await askWith({ ...jwk, alg: 'RS256' }, 'PS256')).toBe('401 token_key_unknown')
})

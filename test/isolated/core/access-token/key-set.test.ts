import { expect, test } from 'vitest'
import { createKeyScene } from '../../../support/key-set-scene.js'
import { generateSigningKey } from '../../../support/proof-client.js'

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

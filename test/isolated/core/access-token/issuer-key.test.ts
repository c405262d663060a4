import { KeyObject } from 'node:crypto'
import { errors } from 'jose'
import { afterEach, expect, test } from 'vitest'
import { findKeys, knownKey } from '../../../../packages/core/src/access-token/issuer-key.js'
import { CheckUnavailable } from '../../../../packages/core/src/check-failed.js'
import { createScene, outcome } from '../../../support/guard-scene.js'

const { from } = KeyObject
afterEach(() => {
  Reflect.set(KeyObject, 'from', from)
})

test("a runtime without KeyObject.from verifies tokens with the issuer's keys too", async () => {
  Reflect.set(KeyObject, 'from', undefined)
  const { guard, request, mint } = createScene()
  expect(await outcome(guard, request())).toBe('accepted')
  const [header, claims] = mint().split('.')
  const [, , signature] = mint({ sub: 'mallory' }).split('.')
  expect(await outcome(guard, request({ accessToken: `${header}.${claims}.${signature}` }))).toBe('401 token_signature')
})

const rsa = await crypto.subtle.generateKey(
  { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
  false,
  ['sign', 'verify'],
)
const ec = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])

/** Keys of an issuer of which `find` finds these. */
const keysOf = (find: () => Promise<unknown>) =>
  ({ find, freshUntil: Number.POSITIVE_INFINITY }) as unknown as Parameters<typeof findKeys>[0]

async function collect(keys: Parameters<typeof findKeys>[0], header: Record<string, unknown>) {
  const found = []
  for await (const key of findKeys(keys, header)) found.push(key)
  return found
}

test('the length of an RSA key is in bytes, and other keys have none', async () => {
  const [ofRsa] = await collect(
    keysOf(async () => rsa.publicKey),
    { alg: 'RS256', kid: 'a' },
  )
  expect([ofRsa?.keyObject.asymmetricKeyType, ofRsa?.modulusBytes]).toEqual(['rsa', 256])
  const [ofEc] = await collect(
    keysOf(async () => ec.publicKey),
    { alg: 'ES256', kid: 'a' },
  )
  expect([ofEc?.keyObject.asymmetricKeyType, ofEc?.modulusBytes]).toEqual(['ec', undefined])
})

test('a key is known by the kid that a token named, and no other', async () => {
  const keys = keysOf(async () => ec.publicKey)
  const [key] = await collect(keys, { alg: 'ES256', kid: 'undefined' })
  expect(knownKey(keys, { alg: 'ES256', kid: 'undefined' })).toBe(key)
  expect(knownKey(keys, { alg: 'ES256' })).toBeUndefined()
  expect(knownKey(keys, { alg: 'ES384', kid: 'undefined' })).toBeUndefined()
  const unnamed = keysOf(async () => ec.publicKey)
  expect(await collect(unnamed, { alg: 'ES256' })).toHaveLength(1)
  expect(knownKey(unnamed, { alg: 'ES256', kid: 'undefined' })).toBeUndefined()
})

test('a key that jose cannot import is an outage of the keys, not a wrong token', async () => {
  const cause = new Error('not a key')
  const failure = collect(
    keysOf(() => Promise.reject(cause)),
    { alg: 'ES256', kid: 'a' },
  )
  const error: unknown = await failure.catch((thrown: unknown) => thrown)
  expect(CheckUnavailable.is(error) && [error.reason, error.cause]).toEqual(['keys_unavailable', cause])
})

test('a token whose key is not there, or may be one of several', async () => {
  const missing = keysOf(() => Promise.reject(new errors.JWKSNoMatchingKey()))
  expect(await collect(missing, { alg: 'ES256', kid: 'a' })).toEqual([])
  const several = new errors.JWKSMultipleMatchingKeys()
  several[Symbol.asyncIterator] = async function* () {
    yield rsa.publicKey
    yield ec.publicKey
  }
  const found = await collect(
    keysOf(() => Promise.reject(several)),
    { alg: 'ES256' },
  )
  expect(found.map(({ keyObject }) => keyObject.asymmetricKeyType)).toEqual(['rsa', 'ec'])
})

import { generateKeyPairSync } from 'node:crypto'
import { privateMembers } from '@dpop-guard/core'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createKeyScene, type Source } from '../../../support/key-set-scene.js'
import { createProofClient, type SignatureAlgorithm } from '../../../support/proof-client.js'
import { listenTo } from '../../../support/published-events.js'

const withoutKid = { header: { kid: undefined } }
const sources: Source[] = ['given', 'fetched']
const publicJwk = (alg: SignatureAlgorithm, options = {}) => createProofClient(alg, options).jwk

/** Harmless members of a key. Some of them make libraries reject the key. */
const harmless: object[] = [
  { key_ops: ['verify'] },
  { key_ops: ['verify', 'encrypt', 'wrapKey'] },
  { key_ops: ['sign', 'verify'] },
  { key_ops: ['verify', 'verify'] },
  { key_ops: ['verify', 1] },
  { use: 'sig', key_ops: ['verify', 'sign'] },
  { use: undefined, alg: undefined },
  { ext: true },
  { ext: 'yes' },
  { x5c: ['AAAA'], x5t: 'AAAA', 'x5t#S256': 'AAAA' },
  { x5c: 'no list', x5u: 7 },
  { issuer: 'https://as.example.com', cloud_instance_name: 'x', exp: 1, nbf: 2, iat: 3, status: 'active' },
]

describe.each(sources)('of a set that is %s, a key verifies', (source) => {
  test.each(harmless)('with %j', async (members) => {
    const { ask } = createKeyScene({ source, keys: (good) => [{ ...good, ...members }] })
    expect(await ask()).toBe('accepted')
    expect(await ask(withoutKid)).toBe('accepted')
  })

  test.each<[alg: SignatureAlgorithm, members: object]>([
    ['RS256', { alg: undefined }],
    ['RS256', { key_ops: ['verify', 'wrapKey', 'encrypt'] }],
    ['PS256', { alg: undefined, e: 'AQAB' }],
    ['ES384', { alg: undefined }],
    ['ES512', { key_ops: ['verify', 'deriveKey'] }],
    ['Ed25519', { alg: 'EdDSA' }],
    ['EdDSA', { alg: 'Ed25519' }],
  ])('of %s with %j', async (alg, members) => {
    const { ask } = createKeyScene({ alg, source, keys: (good) => [{ ...good, ...members }] })
    expect(await ask()).toBe('accepted')
    expect(await ask(withoutKid)).toBe('accepted')
  })
})

const secp256k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey.export({ format: 'jwk' })
const x25519 = generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' })
const ed448 = generateKeyPairSync('ed448').publicKey.export({ format: 'jwk' })
const ec = publicJwk('ES256')
const rsa = publicJwk('RS256')
const ed25519 = publicJwk('Ed25519')

/** Keys that cannot verify, each with an algorithm that a token may have with it. */
const bad: [what: string, key: unknown, alg: string][] = [
  ['null', null, 'ES256'],
  ['a string', 'key', 'ES256'],
  ['a list', [ec], 'ES256'],
  ['an empty object', {}, 'ES256'],
  ['no kty', { ...ec, kty: undefined }, 'ES256'],
  ['a kty in lower case', { ...ec, kty: 'ec' }, 'ES256'],
  ['a kty that is a list', { ...ec, kty: ['EC'] }, 'ES256'],
  ['a kty that cannot become a string', { ...ec, kty: { toString: 1 } }, 'ES256'],
  ['a crv that cannot become a string', { ...ec, crv: { toString: 1 } }, 'ES256'],
  ['a kty of Object.prototype', { ...ec, kty: 'constructor', crv: '' }, 'ES256'],
  ['another curve', { ...ec, crv: 'P-384' }, 'ES384'],
  ['secp256k1', secp256k1, 'ES256'],
  ['a point off the curve', { ...ec, y: ec.x }, 'ES256'],
  ['a coordinate too short', { ...ec, x: 'AAAA' }, 'ES256'],
  ['a coordinate that is a number', { ...ec, x: 1 }, 'ES256'],
  ['no coordinate', { ...ec, y: undefined }, 'ES256'],
  ['X25519', x25519, 'EdDSA'],
  ['Ed448', ed448, 'EdDSA'],
  ['Ed25519 of zeros', { ...ed25519, x: Buffer.alloc(32).toString('base64url') }, 'EdDSA'],
  ['Ed25519 of 3 bytes', { ...ed25519, x: 'AAAA' }, 'Ed25519'],
  ['RSA of 1024 bits', publicJwk('RS256', { modulusLength: 1024 }), 'RS256'],
  ['RSA of 2040 bits', publicJwk('RS256', { modulusLength: 2040 }), 'PS256'],
  ['RSA of 32768 bits', { ...rsa, n: Buffer.alloc(4096, 0xff).toString('base64url') }, 'RS256'],
  ['RSA with the exponent 1', { ...rsa, e: 'AQ' }, 'RS256'],
  ['RSA with the exponent 2', { ...rsa, e: 'Ag' }, 'RS256'],
  ['RSA with an even exponent', { ...rsa, e: 'AQAA' }, 'RS256'],
  ['RSA with an exponent as long as the modulus', { ...rsa, e: rsa.n }, 'RS256'],
  ['RSA without a modulus', { ...rsa, n: undefined }, 'PS256'],
  ['RSA with an empty modulus', { ...rsa, n: '' }, 'PS256'],
  ['RSA with a modulus and other characters after it', { ...rsa, n: `${rsa.n}!` }, 'RS256'],
  ['RSA with a padded modulus', { ...rsa, n: `${rsa.n}==` }, 'PS256'],
  ['RSA with a line feed in the modulus', { ...rsa, n: `${rsa.n?.slice(0, 8)}\n${rsa.n?.slice(8)}` }, 'RS256'],
  ['RSA with a space after the exponent', { ...rsa, e: 'AQAB ' }, 'RS256'],
  ['RSA with an exponent that has unused bits', { ...rsa, e: 'AwF' }, 'RS256'],
  ['a coordinate with other characters after it', { ...ec, x: `${ec.x}!` }, 'ES256'],
  ['a padded coordinate', { ...ec, y: `${ec.y}=` }, 'ES256'],
  ['Ed25519 with padding', { ...ed25519, x: `${ed25519.x}=` }, 'Ed25519'],
  ['a key for encryption', { ...rsa, use: 'enc', alg: 'RSA-OAEP' }, 'RS256'],
  ['use: enc alone', { ...ec, use: 'enc' }, 'ES256'],
  ['use that is a list', { ...ec, use: ['sig'] }, 'ES256'],
  ['key_ops without verify', { ...ec, key_ops: ['encrypt', 'wrapKey'] }, 'ES256'],
  ['empty key_ops', { ...ec, key_ops: [] }, 'ES256'],
  ['key_ops that is a string', { ...ec, key_ops: 'verify' }, 'ES256'],
  ['an alg of another key type', { ...ec, alg: 'RS256' }, 'ES256'],
  ['an alg of encryption', { ...ec, alg: 'ECDH-ES' }, 'ES256'],
  ['an alg that is null', { ...ec, alg: null }, 'ES256'],
  ['a public key of a type that is not supported', { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA' }, 'ES256'],
]

const named = (key: unknown) =>
  typeof key === 'object' && key !== null && !Array.isArray(key) ? { ...key, kid: 'bad' } : key

describe.each(sources)('of a set that is %s, with a key that is', (source) => {
  test.each(bad)('%s: the other key verifies, and a client that names the bad one gets 401', async (_, key, alg) => {
    const events = listenTo('unavailable')
    for (const keys of [(good: unknown) => [named(key), good], (good: unknown) => [good, named(key)]]) {
      const { ask } = createKeyScene({ source, keys })
      expect(await ask()).toBe('accepted')
      expect(await ask(withoutKid)).toBe('accepted')
      expect(await ask({ header: { kid: 'bad', alg } })).toBe('401 token_key_unknown')
    }
    expect(events).toEqual([])
  })

  test('bad, with the id of a good one: the good one verifies', async () => {
    const { ask } = createKeyScene({
      source,
      keys: (good) => [...bad.map(([, key]) => (named(key) === key ? key : { ...Object(key), kid: 'good' })), good],
    })
    expect(await ask()).toBe('accepted')
  })
})

test.each(privateMembers)('a fetched key with the private member %s is not used, another key is', async (member) => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => void vi.restoreAllMocks())
  const leaked = { ...ec, kid: 'bad', [member]: 'AAAA' }
  const { ask } = createKeyScene({ source: 'fetched', keys: (good) => [leaked, good] })
  expect(await ask()).toBe('accepted')
  expect(await ask({ kid: 'bad' })).toBe('401 token_key_unknown')
})

test('a key set is read once, so later changes have no effect', async () => {
  const keys: unknown[] = []
  const { ask } = createKeyScene({
    keys: (good) => {
      keys.push(good)
      return keys
    },
  })
  keys.length = 0
  expect(await ask()).toBe('accepted')
})

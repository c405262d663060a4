import { constants, createHmac, verify } from 'node:crypto'
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, EmbeddedJWK, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { runtimeHas } from '../../packages/core/src/proof/algorithms.js'
import {
  accessTokenHash,
  createProofClient,
  jwkThumbprint,
  type SignatureAlgorithm,
  signCompact,
  signingInput,
} from './proof-client.js'
import { rfcVectors } from './rfc-vectors.js'

const algorithms: SignatureAlgorithm[] = ['ES256', 'ES384', 'ES512', 'PS256', 'RS256', 'Ed25519', 'EdDSA']
const target = { method: 'GET', url: 'https://api.example.com/orders', now: 1_700_000_000 }

describe.each(algorithms)('%s', (alg) => {
  test('jose verifies the proof', async () => {
    const client = createProofClient(alg)
    const { payload, protectedHeader } = await jwtVerify(
      client.proof({ ...target, accessToken: 'token', nonce: 'n-1', jti: 'id-1' }),
      EmbeddedJWK,
      { algorithms: [alg], typ: 'dpop+jwt', currentDate: new Date(target.now * 1000) },
    )
    expect(protectedHeader).toEqual({ typ: 'dpop+jwt', alg, jwk: client.jwk })
    expect(payload).toEqual({
      jti: 'id-1',
      htm: 'GET',
      htu: 'https://api.example.com/orders',
      iat: target.now,
      ath: accessTokenHash('token'),
      nonce: 'n-1',
    })
  })

  test('jose computes the same thumbprint of the same public key', async () => {
    const { jwk, jkt } = createProofClient(alg)
    expect(Object.keys(jwk)).not.toContain('d')
    expect(jkt).toBe(await calculateJwkThumbprint({ ...jwk }))
  })
})

describe.each<SignatureAlgorithm>(['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'])('%s', (alg) => {
  test('signs where the runtime has it, and is a clear error elsewhere', () => {
    if (!runtimeHas(alg as 'ML-DSA-44')) {
      const missing = `dpop-guard: "alg" needs a runtime that has ${alg}, such as Node.js 24.7 and later`
      expect(() => createProofClient(alg)).toThrow(new TypeError(missing))
      return
    }
    const { jwk, jkt, publicKey, proof } = createProofClient(alg)
    expect(Object.keys(jwk).sort()).toEqual(['alg', 'kty', 'pub'])
    expect(jkt).toBe(jwkThumbprint(jwk))
    const [header = '', payload = '', signature = ''] = proof(target).split('.')
    expect(decodeProtectedHeader(`${header}.e30.`)).toEqual({ typ: 'dpop+jwt', alg, jwk })
    const signed = Buffer.from(`${header}.${payload}`)
    expect(verify(null, signed, publicKey, Buffer.from(signature, 'base64url'))).toBe(true)
  })
})

describe('the vectors of the RFCs', () => {
  test('give the thumbprints', () => {
    expect(jwkThumbprint(rfcVectors.rfc9449.jwk)).toBe(rfcVectors.rfc9449.jkt)
    expect(jwkThumbprint(rfcVectors.rfc7638.jwk)).toBe(rfcVectors.rfc7638.thumbprint)
    expect(jwkThumbprint(rfcVectors.rfc8037.jwk)).toBe(rfcVectors.rfc8037.thumbprint)
  })

  test('give the access token hash', () => {
    expect(accessTokenHash(rfcVectors.rfc9449.accessToken)).toBe(rfcVectors.rfc9449.ath)
  })

  test('hold a proof that jose verifies', async () => {
    const { jwt, payload } = rfcVectors.rfc9449.figure13_resourceProof
    expect((await jwtVerify(jwt, EmbeddedJWK)).payload).toEqual(payload)
  })
})

describe('a proof', () => {
  test('has no claim that was not asked for, and a new jti each time', () => {
    const client = createProofClient()
    const [first, second] = [decodeJwt(client.proof(target)), decodeJwt(client.proof(target))]
    expect(Object.keys(first)).toEqual(['jti', 'htm', 'htu', 'iat'])
    expect(first.jti).not.toBe(second.jti)
  })

  test('has the time of its clock, by default the system clock', () => {
    const { method, url } = target
    const [clock, now] = [() => 1_800_000_000.9, Math.floor(Date.now() / 1000)]
    expect(decodeJwt(createProofClient('ES256', { clock }).proof({ method, url })).iat).toBe(1_800_000_000)
    expect(decodeJwt(createProofClient('ES256', { clock }).proof(target)).iat).toBe(target.now)
    expect(decodeJwt(createProofClient().proof({ method, url })).iat).toBeGreaterThanOrEqual(now)
  })

  test('takes overrides last, and undefined removes a member', () => {
    const proof = createProofClient().proof({
      ...target,
      header: { typ: undefined, kid: 'x' },
      claims: { htm: 'POST', iat: undefined, extra: null },
    })
    expect(Object.keys(decodeProtectedHeader(proof))).toEqual(['alg', 'jwk', 'kid'])
    expect(decodeJwt(proof)).toEqual({ jti: expect.any(String), htm: 'POST', htu: target.url, extra: null })
  })
})

describe('keys', () => {
  test('are new for each client, but shared by RSA clients of the same options', () => {
    expect(createProofClient().jkt).not.toBe(createProofClient().jkt)
    expect(createProofClient('PS256').jkt).toBe(createProofClient('RS256', { modulusLength: 2048 }).jkt)
  })

  test('can be weak RSA keys', () => {
    const { publicKey, jkt } = createProofClient('RS256', { modulusLength: 1024, publicExponent: 3 })
    expect(publicKey.asymmetricKeyDetails).toMatchObject({ modulusLength: 1024, publicExponent: 3n })
    expect(jkt).not.toBe(createProofClient('RS256', { modulusLength: 1024 }).jkt)
  })
})

describe('signCompact', () => {
  const { privateKey, publicKey } = createProofClient('ES256')

  test.each([
    ['a string', '{"a":1,"a":2}', '{"a":1,"a":2}'],
    ['bytes', Buffer.from('efbbbf7bff7d', 'hex'), Buffer.from('efbbbf7bff7d', 'hex')],
    ['an object', { a: 1, b: undefined }, '{"a":1}'],
  ])('signs the exact bytes of %s', (_name, part, expected) => {
    const [header = '', payload = '', signature = '', ...rest] = signCompact({
      alg: 'ES256',
      privateKey,
      header: part,
      payload: part,
    }).split('.')
    const bytes = Buffer.from(expected)
    expect([Buffer.from(header, 'base64url'), Buffer.from(payload, 'base64url'), rest]).toEqual([bytes, bytes, []])
    const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
    expect(verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'))).toBe(true)
  })

  test('salts PSS with the length of the digest', () => {
    const client = createProofClient('PS256')
    const jws = signCompact({ alg: 'PS256', privateKey: client.privateKey, header: {}, payload: {} })
    const [header, payload, signature = ''] = jws.split('.')
    const key = { key: client.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
    expect(verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'))).toBe(true)
  })

  test('signs on another curve than the algorithm names', () => {
    const p384 = createProofClient('ES384')
    const jws = signCompact({ alg: 'ES256', privateKey: p384.privateKey, header: {}, payload: {} })
    expect(Buffer.from(jws.split('.')[2] ?? '', 'base64url')).toHaveLength(96)
  })
})

test('signingInput leaves the signature to the caller', async () => {
  const secret = Buffer.alloc(32, 1)
  const input = signingInput({ alg: 'HS256' }, { sub: 'alice' })
  const mac = createHmac('sha256', secret).update(input).digest('base64url')
  expect((await jwtVerify(`${input}.${mac}`, secret)).payload).toEqual({ sub: 'alice' })
})

/**
 * ML-DSA for JOSE (RFC 9964). The vectors are the keys and signatures of its examples, from the repository of its authors. Runs
 * on every runtime: where ML-DSA is missing, a guard must say so at its start.
 */
import { readFileSync } from 'node:fs'
import { createGuard, type Guard, type GuardOptions, type ProofAlgorithm } from '@dpop-guard/core'
import { CheckFailed, checkEmbeddedKey, verifySignature } from '@dpop-guard/core/internal'
import { createProofClient, jwkThumbprint, type ProofClient } from '@dpop-guard/testing'
import { describe, expect, test } from 'vitest'
import { runtimeHas } from '../../packages/core/src/proof/algorithms.js'
import { importCode } from '../docs/code.js'
import { createTestIssuer } from '../support/test-issuer.js'
import vectors from './ml-dsa-vectors.json' with { type: 'json' }

const algorithms = ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const
type MlDsa = (typeof algorithms)[number]

const now = 1_800_000_000
const resource = 'https://api.example.com'
const has = runtimeHas('ML-DSA-44')

/** The reason and the member for which a key is rejected. */
function rejectionOf(jwk: object, alg: ProofAlgorithm): string {
  try {
    checkEmbeddedKey(jwk, alg)
  } catch (error) {
    if (CheckFailed.is(error)) return `${error.reason} ${error.comparison?.name}`
    throw error
  }
  return 'accepted'
}

describe.each(algorithms)('the public key of the example for %s', (alg) => {
  const { jwk, jws } = vectors[alg]

  test('has the thumbprint that is its kid', () => {
    expect(checkEmbeddedKey(jwk, alg).jkt).toBe(jwk.kid)
    expect(jwkThumbprint(jwk)).toBe(jwk.kid)
  })

  test.each<[name: string, changed: object, expected: string]>([
    ['a byte more', { pub: `${jwk.pub}AAAA` }, 'proof_key jwk.pub'],
    ['padding', { pub: `${jwk.pub}=` }, 'proof_key jwk.pub'],
    ['no pub', { pub: undefined }, 'proof_key jwk.pub'],
    ['no alg', { alg: undefined }, 'proof_key jwk.alg'],
    ['another alg', { alg: 'ES256' }, 'proof_key jwk.alg'],
    ['a curve', { crv: 'Ed25519' }, 'proof_key jwk.crv'],
    ['another type', { kty: 'OKP' }, 'proof_key jwk.kty'],
    ['a private member', { priv: 'AAAA' }, 'proof_key jwk.priv'],
    ['another use', { use: 'enc' }, 'proof_key jwk.use'],
  ])('is rejected with %s', (_, changed, expected) => {
    expect(rejectionOf({ ...jwk, ...changed }, alg)).toBe(expected)
  })

  test('is rejected under the name of another algorithm', () => {
    for (const other of [...algorithms, 'Ed25519', 'ES256'] as const) {
      if (other !== alg) expect(rejectionOf(jwk, other)).toMatch(/^proof_key /)
    }
  })

  test(
    has ? 'verifies its signature, and no other' : 'cannot be used here: it is rejected, and nothing breaks',
    async () => {
      const [header = '', payload = '', encoded = ''] = jws.split('.')
      const signature = Buffer.from(encoded, 'base64url')
      const verify = async (signingInput: string, bytes: Buffer) =>
        verifySignature({
          header: { text: header, algorithm: alg, key: checkEmbeddedKey(jwk, alg) },
          claims: { jti: '', htm: '', htu: '', iat: 0 },
          signingInput,
          signature: bytes,
        })
      const signed = `${header}.${payload}`
      if (!has) {
        await expect(verify(signed, signature)).rejects.toMatchObject({ reason: 'proof_key' })
        return
      }
      await verify(signed, signature)
      const changed = Buffer.from(signature)
      changed[7] = (changed[7] ?? 0) ^ 1
      for (const bytes of [
        changed,
        signature.subarray(1),
        Buffer.concat([signature, Buffer.alloc(1)]),
        Buffer.alloc(0),
      ]) {
        await expect(verify(signed, bytes)).rejects.toMatchObject({ reason: 'proof_signature' })
      }
      await expect(verify(`${signed}A`, signature)).rejects.toMatchObject({ reason: 'proof_signature' })
    },
  )
})

function prove(signer: ProofClient, accessToken: string, header?: Record<string, unknown>): string {
  return signer.proof({ method: 'GET', url: `${resource}/orders`, now, accessToken, header })
}

const basics: GuardOptions = { issuer: 'https://as.example.com', resource, clock: () => now }

test('the code of the page on access tokens starts, or throws the error that the page names', async () => {
  const page = 'packages/core/docs/access-tokens.md'
  const starting = importCode<{ guard: Guard }>(page, 'ML-DSA-44', 'ts')
  if (has) {
    const verdict = await (await starting).guard.check({ method: 'GET', target: '/', headers: [] })
    expect(verdict.headers['www-authenticate']).toEqual(['DPoP algs="ES256 ML-DSA-44"'])
    return
  }
  const message = 'dpop-guard: "proof.algorithms" needs a runtime that has ML-DSA-44, such as Node.js 24.7 and later'
  await expect(starting).rejects.toThrow(new TypeError(message))
  expect(readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8')).toContain(`The error is \`${message}\`.`)
})

if (!has) {
  describe('without ML-DSA in the runtime, a guard does not start with it', () => {
    test.each<[name: string, options: (alg: MlDsa) => Partial<GuardOptions>]>([
      ['proof.algorithms', (alg) => ({ proof: { algorithms: ['ES256', alg] } })],
      ['tokenAlgorithms', (alg) => ({ tokenAlgorithms: ['ES256', alg] })],
      ['issuer.algorithms', (alg) => ({ issuer: { issuer: 'https://as.example.com', algorithms: [alg] } })],
    ])('in %s', (name, options) => {
      for (const alg of algorithms) {
        expect(() => createGuard({ ...basics, ...options(alg) })).toThrow(
          new TypeError(`dpop-guard: "${name}" needs a runtime that has ${alg}, such as Node.js 24.7 and later`),
        )
      }
    })
  })
}

if (has) {
  describe.each(algorithms)('a guard that allows %s', (alg) => {
    const { issuer, jwks, mint } = createTestIssuer()
    const client = createProofClient(alg)
    const { jkt } = client
    const accessToken = mint({ now, cnf: { jkt } })
    const options: GuardOptions = { ...basics, issuer: { issuer, jwks } }

    const send = async (guardOptions: Partial<GuardOptions>, token: string, dpop: string) => {
      const headers = ['Authorization', `DPoP ${token}`, 'DPoP', dpop]
      const verdict = await createGuard({ ...options, ...guardOptions }).check({
        method: 'GET',
        target: '/orders',
        headers,
      })
      return verdict.accepted ? verdict.auth?.jkt : `${verdict.status} ${verdict.reason}`
    }
    const allowed = { proof: { algorithms: ['ES256', alg] } } as const

    test('accepts a proof, once', async () => {
      const guard = createGuard({ ...options, ...allowed })
      const dpop = prove(client, accessToken)
      const headers = ['Authorization', `DPoP ${accessToken}`, 'DPoP', dpop]
      const check = () => guard.check({ method: 'GET', target: '/orders', headers })
      expect(await check()).toMatchObject({ accepted: true, auth: { jkt } })
      expect(await check()).toMatchObject({ status: 401, reason: 'proof_replayed' })
    })

    test('names it in challenges, and another guard does not accept it', async () => {
      expect(await send({}, accessToken, prove(client, accessToken))).toMatch(/^401 proof_(?:algorithm|too_long)$/)
      const verdict = await createGuard({ ...options, ...allowed }).check({ method: 'GET', target: '/', headers: [] })
      expect(verdict.headers['www-authenticate']).toEqual([`DPoP algs="ES256 ${alg}"`])
    })

    test('rejects the key of another client, and the name of another algorithm', async () => {
      const attacker = createProofClient(alg)
      expect(await send(allowed, accessToken, prove(attacker, accessToken))).toBe('401 token_key_mismatch')
      const forged = prove(attacker, accessToken, { jwk: client.jwk })
      expect(await send(allowed, accessToken, forged)).toBe('401 proof_signature')
      expect(await send(allowed, accessToken, prove(client, accessToken, { alg: 'ES256' }))).toBe('401 proof_key')
    })

    test('accepts an access token with it only if an option lists it', async () => {
      const signer = createTestIssuer({ issuer, alg, kid: 'post-quantum' })
      const keys = { keys: [...jwks.keys, ...signer.jwks.keys] }
      const token = signer.mint({ now, cnf: { jkt } })
      const trusted = { issuer: { issuer, jwks: keys }, ...allowed }
      expect(await send(trusted, token, prove(client, token))).toBe('401 token_algorithm')
      const listed = { ...trusted, tokenAlgorithms: ['ES256', alg] }
      expect(await send(listed, token, prove(client, token))).toBe(jkt)
      const forged = createTestIssuer({ issuer, alg, kid: 'post-quantum' }).mint({ now, cnf: { jkt } })
      expect(await send(listed, forged, prove(client, forged))).toBe('401 token_signature')
    })
  })
}

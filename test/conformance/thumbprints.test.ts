import { verifyProof } from '@dpop-guard/core'
import { expect, test } from 'vitest'
import { checkEmbeddedKey } from '../../packages/core/src/proof/embedded-key.js'
import { createProofClient } from '../support/proof-client.js'
import { rfcVectors } from '../support/rfc-vectors.js'

const { rfc7638, rfc8037, rfc9449 } = rfcVectors

// The private keys are not known, so no proof can have these keys.
test('RFC 7638 section 3.1: the thumbprint of the RSA key, without its "alg" and "kid"', () => {
  expect(checkEmbeddedKey(rfc7638.jwk, 'RS256').jkt).toBe(rfc7638.thumbprint)
})

test('RFC 8037 appendix A.3: the thumbprint of the Ed25519 key', () => {
  expect(checkEmbeddedKey(rfc8037.jwk, 'Ed25519').jkt).toBe(rfc8037.thumbprint)
  expect(checkEmbeddedKey(rfc8037.jwk, 'EdDSA').jkt).toBe(rfc8037.thumbprint)
})

test('RFC 9449 section 6.1: the thumbprint of the P-256 key', () => {
  expect(checkEmbeddedKey(rfc9449.jwk, 'ES256').jkt).toBe(rfc9449.jkt)
})

test('RFC 7638 section 3.1: the hash is of the required members in lexicographic order, without white space', () => {
  expect(JSON.stringify(checkEmbeddedKey(rfc7638.jwk, 'RS256').members)).toBe(rfc7638.canonical)
  expect(JSON.stringify(checkEmbeddedKey(rfc8037.jwk, 'Ed25519').members)).toBe(rfc8037.canonical)
})

test('RFC 7638 section 3: other members and their order in the proof do not change the thumbprint', async () => {
  const client = createProofClient()
  const { crv, kty, x, y } = client.jwk
  const spellings = [
    { crv, kty, x, y },
    { y, x, kty, crv },
    { kid: 'k', kty, y, use: 'sig', crv, x, alg: 'ES256' },
  ]
  for (const jwk of spellings) {
    const request = { method: 'GET', url: 'https://api.example.com/' }
    const proof = client.proof({ ...request, now: 1000, header: { jwk } })
    const result = await verifyProof(
      { ...request, headers: ['DPoP', proof] },
      { replayStore: 'off', clock: () => 1000 },
    )
    expect(result).toMatchObject({ verified: true, jkt: client.jkt })
  }
})

// @ts-check
// The issuer and the clients of all benches, from the package for users' own tests.
import { createHash } from 'node:crypto'
import { createTokenIssuer, proofClientOf } from '@dpop-guard/testing'
import { generateSigningKey } from '../../../../packages/testing/dist/compact-jws.js'

/** @typedef {'ES256' | 'PS256' | 'RS256' | 'Ed25519'} Algorithm */
/** @typedef {{ algorithm: Algorithm, jwk: Jwk, jkt: string, mintProof: (facts: ProofFacts) => string }} Client */
/** @typedef {{ claims?: Record<string, unknown> | undefined, header?: Record<string, unknown> | undefined }} ProofChanges */
/** @typedef {Record<string, unknown>} Jwk A public key. */
/** @typedef {ReturnType<typeof createIssuer>} Issuer */
/** @typedef {{ method: string, url: string, accessToken: string } & ProofChanges} ProofFacts */

export const issuerUrl = 'https://as.example.com'
export const resourceUrl = 'https://api.example.com'

/** How `node:crypto` verifies each. @type {Record<Algorithm, { digest?: string, options?: import('node:crypto').SigningOptions }>} */
export const algorithms = {
  ES256: { digest: 'sha256', options: { dsaEncoding: 'ieee-p1363' } },
  PS256: { digest: 'sha256', options: { padding: 6, saltLength: 32 } },
  RS256: { digest: 'sha256' },
  Ed25519: {},
}

/** @param {string | Buffer} text */
export const digestOf = (text) => createHash('sha256').update(text).digest('base64url')

/**
 * A client with a key of its own. It signs its proofs at once, so make them before the measurement.
 *
 * @param {Algorithm} [algorithm]
 * @returns {Client}
 */
export function createClient(algorithm = 'ES256') {
  const { jwk, jkt, proof } = proofClientOf(generateSigningKey(algorithm).privateKey, algorithm)
  return { algorithm, jwk, jkt, mintProof: proof }
}

/**
 * An authorization server that consists only of its key. `jwks` is for the guard's options.
 *
 * @param {Algorithm} [algorithm]
 */
export function createIssuer(algorithm = 'ES256') {
  const { jwks, mint } = createTokenIssuer({ issuer: issuerUrl, audience: resourceUrl, alg: algorithm })
  return {
    algorithm,
    jwks,
    /**
     * An RFC 9068 access token bound to the key with this thumbprint, valid for an hour.
     *
     * @param {string} jkt
     * @param {Record<string, unknown>} [claims]
     */
    mintAccessToken: (jkt, claims) =>
      mint({ scope: 'orders:read', exp: Math.floor(Date.now() / 1000) + 3600, cnf: { jkt }, ...claims }),
  }
}

/** Changes the first character, because the last bits of the last one may not belong to the signature. @param {string} compact */
export function spoilSignature(compact) {
  const start = compact.lastIndexOf('.') + 1
  return `${compact.slice(0, start)}${compact[start] === 'A' ? 'B' : 'A'}${compact.slice(start + 1)}`
}

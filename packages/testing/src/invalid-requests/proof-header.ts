import { createHmac, createPublicKey, sign } from 'node:crypto'
import { type SignatureAlgorithm, signingInput } from '../compact-jws.js'
import { createProofClient } from '../proof-client.js'
import { mutations, proofFields, proofHeaders } from './invalid-request.js'
import { generateRareKey } from './key-kind.js'
import type { Draft, Mutation } from './mutation.js'

/** A MAC whose secret is what everybody can read in the proof. */
const macWithPublicKey =
  (alg: 'HS256' | 'HS384' | 'HS512') =>
  ({ header, payload }: Draft): string => {
    const input = signingInput({ ...header, alg }, payload)
    const secret = createPublicKey({ key: header.jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
    return `${input}.${createHmac(alg.replace('HS', 'sha'), secret).update(input).digest('base64url')}`
  }

function signWithSecp256k1({ header, payload }: Draft): string {
  const { privateKey, publicKey } = generateRareKey('secp256k1')
  const input = signingInput({ ...header, alg: 'ES256K', jwk: publicKey.export({ format: 'jwk' }) }, payload)
  const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

/** A request that is good in itself, of a client with this algorithm. */
export const signedWith = (alg: SignatureAlgorithm) => (): Mutation => ({ client: createProofClient(alg) })

/** RFC 9449 section 4.3, checks 4 and 5, and RFC 7515 section 4.1.11. */
export const header = {
  ...proofHeaders('proof_typ', {
    'proof-typ-missing': ['a proof without typ', { typ: undefined }],
    'proof-typ-jwt': ['typ JWT', { typ: 'JWT' }],
    'proof-typ-at-jwt': ['typ at+jwt', { typ: 'at+jwt' }],
    'proof-typ-upper-case': ['typ in upper case', { typ: 'DPOP+JWT' }],
    'proof-typ-mixed-case': ['typ in mixed case', { typ: 'dpop+JWT' }],
    'proof-typ-media-type': ['typ as a full media type', { typ: 'application/dpop+jwt' }],
    'proof-typ-space': ['typ with a space', { typ: 'dpop+jwt ' }],
    'proof-typ-parameter': ['typ with a parameter', { typ: 'dpop+jwt;v=1' }],
    'proof-typ-list': ['typ as a list', { typ: ['dpop+jwt'] }],
    'proof-typ-null': ['typ null', { typ: null }],
    'proof-typ-empty': ['an empty typ', { typ: '' }],
  }),
  ...proofFields('proof_typ', {
    'proof-is-access-token': ['the access token as the proof', ({ accessToken }) => accessToken],
    'proof-header-empty': ['a proof with an empty header', ({ payload, sign }) => sign('{}', payload)],
  }),
  ...proofHeaders('proof_algorithm', {
    'proof-alg-missing': ['a proof without alg', { alg: undefined }],
    'proof-alg-none': ['alg none with a signature', { alg: 'none' }],
    'proof-alg-none-capital': ['alg None', { alg: 'None' }],
    'proof-alg-empty': ['an empty alg', { alg: '' }],
    'proof-alg-null': ['alg null', { alg: null }],
    'proof-alg-list': ['alg as a list', ({ client }) => ({ alg: [client.alg] })],
    'proof-alg-number': ['alg as a number', { alg: 256 }],
    'proof-alg-lower-case': ['alg in lower case', ({ client }) => ({ alg: client.alg.toLowerCase() })],
    'proof-alg-space': ['alg with a space', ({ client }) => ({ alg: `${client.alg} ` })],
    'proof-alg-es256k': ['alg ES256K over another key', { alg: 'ES256K' }],
    'proof-alg-ps384': ['alg PS384', { alg: 'PS384' }],
    'proof-alg-rsa-oaep': ['alg RSA-OAEP', { alg: 'RSA-OAEP' }],
    'proof-alg-ml-dsa-44': ['alg ML-DSA-44 over another key', { alg: 'ML-DSA-44' }],
    'proof-alg-dir': ['alg dir', { alg: 'dir' }],
    'proof-alg-constructor': ['alg constructor', { alg: 'constructor' }],
    'proof-alg-proto': ['alg __proto__', { alg: '__proto__' }],
    'proof-alg-to-string': ['alg toString', { alg: 'toString' }],
  }),
  ...proofFields('proof_algorithm', {
    'proof-alg-hs256': ['alg HS256 with the public key as the secret', macWithPublicKey('HS256')],
    'proof-alg-hs384': ['alg HS384 with the public key as the secret', macWithPublicKey('HS384')],
    'proof-alg-hs512': ['alg HS512 with the public key as the secret', macWithPublicKey('HS512')],
  }),
  ...mutations('proof_algorithm', {
    'proof-signed-es256k': ['a good ES256K proof', { dpop: signWithSecp256k1 }],
    'proof-signed-rs256': ['a good RS256 proof', signedWith('RS256')],
    'proof-signed-es384': ['a good ES384 proof', signedWith('ES384')],
    'proof-signed-es512': ['a good ES512 proof', signedWith('ES512')],
  }),
  ...proofHeaders('proof_header', {
    'proof-crit': ['crit', { crit: ['exp'] }],
    'proof-crit-known-member': ['crit with a member that is there', { crit: ['urn:x'], 'urn:x': true }],
    'proof-crit-empty': ['an empty crit', { crit: [] }],
    'proof-crit-null': ['crit null', { crit: null }],
    'proof-crit-b64': ['crit with b64', { crit: ['b64'], b64: false }],
    'proof-b64-false': ['b64 false without crit', { b64: false }],
    'proof-b64-true': ['b64 true without crit', { b64: true }],
  }),
}

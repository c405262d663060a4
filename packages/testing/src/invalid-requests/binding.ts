import { createHash } from 'node:crypto'
import { createProofClient } from '../proof-client.js'
import { mutations, tokenClaims } from './invalid-request.js'
import type { ValidRequest } from './mutation.js'
import { tokenOf } from './mutation.js'
import { withStrayBit } from './stray-bit.js'

/** The token says that it is bound to this. */
const cnf = (description: string, from: (jkt: string, valid: ValidRequest) => unknown) =>
  [description, (valid: ValidRequest) => ({ cnf: from(valid.client.jkt, valid) })] as const

const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url')

/** RFC 7800 section 3: a binding that a guard cannot confirm is one all the same. */
export const unconfirmed = tokenClaims('token_binding_unconfirmed', {
  'token-cnf-null': cnf('cnf null', () => null),
  'token-cnf-string': cnf('cnf as a string', (jkt) => jkt),
  'token-cnf-list': cnf('cnf as a list', (jkt) => [{ jkt }]),
  'token-cnf-false': cnf('cnf false', () => false),
  'token-cnf-empty': cnf('an empty cnf', () => ({})),
  'token-jkt-null': cnf('jkt null', () => ({ jkt: null })),
  'token-jkt-number': cnf('jkt as a number', () => ({ jkt: 1 })),
  'token-jkt-list': cnf('jkt as a list', (jkt) => ({ jkt: [jkt] })),
  'token-jkt-empty': cnf('an empty jkt', () => ({ jkt: '' })),
  'token-jkt-short': cnf('a jkt that is too short', (jkt) => ({ jkt: jkt.slice(0, -1) })),
  'token-jkt-long': cnf('a jkt that is too long', (jkt) => ({ jkt: `${jkt}A` })),
  'token-jkt-padding': cnf('a jkt with padding', (jkt) => ({ jkt: `${jkt}=` })),
  'token-jkt-stray-bits': cnf('a jkt with stray bits at its end', (jkt) => ({ jkt: withStrayBit(jkt) })),
  'token-jkt-hex': cnf('a jkt in hex', (jkt) => ({ jkt: Buffer.from(jkt, 'base64url').toString('hex') })),
  'token-jkt-sha1': cnf('a jkt of SHA-1', (jkt) => ({ jkt: createHash('sha1').update(jkt).digest('base64url') })),
  'token-jkt-upper-case': cnf('jkt under a name in upper case', (jkt) => ({ JKT: jkt })),
  'token-cnf-certificate': cnf('a certificate alone', () => ({ 'x5t#S256': 'A'.repeat(43) })),
  'token-cnf-certificate-beside': cnf('a certificate beside a good jkt', (jkt) => ({
    jkt,
    'x5t#S256': 'A'.repeat(43),
  })),
  'token-cnf-certificate-null': cnf('a certificate that is null beside a good jkt', (jkt) => ({
    jkt,
    'x5t#S256': null,
  })),
  'token-cnf-jwk': cnf('a jwk alone', (_, { client }) => ({ jwk: client.jwk })),
  'token-cnf-kid': cnf('a kid alone', () => ({ kid: 'k1' })),
  'token-cnf-unknown': cnf('an unknown method alone', () => ({ 'urn:example': true })),
})

/** RFC 9449 sections 4.3 (check 12), 6 and 7.1, RFC 7800 section 3. */
export const binding = {
  ...tokenClaims('token_unbound', {
    'token-unbound': ['a token without cnf', { cnf: undefined }],
    'token-jkt-beside-cnf': ['a token with jkt outside of cnf', ({ client }) => ({ cnf: undefined, jkt: client.jkt })],
    'token-cnf-of-actor': [
      'a token with the cnf of an actor',
      ({ client }) => ({ cnf: undefined, act: { cnf: { jkt: client.jkt } } }),
    ],
  }),
  ...unconfirmed,
  ...tokenClaims('token_key_mismatch', {
    'token-bound-to-other-key': cnf('a token that is bound to another key', () => ({ jkt: createProofClient().jkt })),
    'token-jkt-of-other-digest': cnf('a thumbprint of a thumbprint', (jkt) => ({ jkt: sha256(jkt) })),
    'token-jkt-of-whole-jwk': cnf('a thumbprint of the whole jwk', (_, { client }) => ({
      jkt: sha256(JSON.stringify({ ...client.jwk, use: 'sig' })),
    })),
  }),
  ...mutations('token_key_mismatch', {
    'token-stolen': [
      'a stolen token with a proof of an attacker',
      (valid) => ({ accessToken: tokenOf(valid), client: createProofClient() }),
    ],
    'token-stolen-under-kid': [
      "a stolen token with a proof of an attacker under the victim's kid",
      (valid) => ({
        accessToken: tokenOf(valid),
        client: createProofClient(),
        proof: { header: { kid: valid.client.jkt } },
      }),
    ],
  }),
  ...mutations('proof_ath', {
    'token-and-proof-stolen': [
      "a stolen token with a stolen proof of another of the victim's tokens",
      (valid) => ({ proof: { accessToken: tokenOf(valid, { claims: { jti: 'another' } }) } }),
    ],
  }),
}

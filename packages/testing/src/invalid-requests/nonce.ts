import { randomUUID } from 'node:crypto'
import { mutations, proofClaims, type Row } from './invalid-request.js'
import type { Mutation, ValidRequest } from './mutation.js'
import { otherMethod } from './proof-claims.js'
import { forged } from './proof-signature.js'

const swapCase = (text: string) =>
  text.replace(/[a-z]/gi, (letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()))

/** Of a good nonce; until a client has one, of none. */
const changed = (description: string, change: (nonce: string) => unknown) =>
  [description, ({ nonce = '' }: ValidRequest) => ({ nonce: change(nonce) })] as const

/** A proof without the nonce that it should have. */
const without = (description: string, more: (valid: ValidRequest) => Mutation = () => ({})): Row => [
  description,
  (valid) => {
    const { proof, ...rest } = more(valid)
    return { ...rest, proof: { nonce: undefined, ...proof } }
  },
]

const traits = { setting: 'nonce' } as const
const adaptive = { setting: 'adaptive' } as const

/** A proof that says this `iat` and has no nonce, also if the client has one. */
const withIat = (description: string, seconds: number) =>
  without(description, ({ now }) => ({ proof: { claims: { iat: now + seconds } } }))

const elsewhere = { url: 'https://evil.example/' }

/** RFC 9449 sections 4.3 (check 10), 8 and 9. */
export const nonce = {
  ...mutations(
    'iat_needs_nonce',
    {
      'iat-hour-behind-without-nonce': withIat('a proof of an hour ago without a nonce, where it may have one', -3600),
      'iat-hour-ahead-without-nonce': withIat('a proof of an hour ahead without a nonce, where it may have one', 3600),
      'iat-61-seconds-behind-without-nonce': withIat('a proof of 61 seconds ago without a nonce', -61),
      'iat-31-seconds-ahead-without-nonce': withIat('a proof 31 seconds ahead without a nonce', 31),
    },
    adaptive,
  ),
  ...mutations(
    'nonce_missing',
    {
      'nonce-missing': without('a proof without a nonce'),
      'nonce-missing-hour-behind': without('a proof of an hour ago without a nonce', ({ now }) => ({
        proof: { claims: { iat: now - 3600 } },
      })),
      'nonce-missing-hour-ahead': without('a proof of an hour ahead without a nonce', ({ now }) => ({
        proof: { claims: { iat: now + 3600 } },
      })),
      'nonce-in-proof-header': without('a nonce in the header of the proof', ({ nonce }) => ({
        proof: { header: { nonce } },
      })),
      'nonce-in-field': without('a nonce in a field', ({ nonce = '' }) => ({ headers: ['DPoP-Nonce', nonce] })),
      'nonce-in-token': without('a nonce in the access token', ({ nonce }) => ({ claims: { nonce } })),
      'faults-nonce-and-exp': without('a missing nonce with exp of the proof long past', ({ now }) => ({
        proof: { claims: { exp: now - 60 } },
      })),
      'faults-nonce-and-scope': without('a missing nonce with a token without scopes', () => ({
        claims: { scope: '' },
      })),
      'faults-nonce-and-replay': [
        'one jti in a proof without a nonce',
        () => {
          const jti = randomUUID()
          return [{ proof: { jti } }, { proof: { jti, nonce: undefined } }]
        },
      ],
    },
    traits,
  ),
  ...proofClaims(
    'nonce_not_accepted',
    {
      'nonce-never-issued': ['a nonce that nobody issued', { nonce: 'never-issued' }],
      'nonce-forged': ['a forged nonce of the right length', { nonce: 'A'.repeat(32) }],
      'nonce-other-case': changed('a nonce in another case', (nonce) => swapCase(nonce)),
      'nonce-character-more': changed('a nonce with a character more', (nonce) => `${nonce}A`),
      'nonce-character-less': changed('a nonce with a character less', (nonce) => nonce.slice(0, -1)),
      'nonce-white-space': changed('a nonce in white space', (nonce) => ` ${nonce} `),
      'nonce-twice-in-one': changed('two good nonces in one string', (nonce) => `${nonce},${nonce}`),
      'nonce-list': changed('a list of the right nonce', (nonce) => [nonce]),
      'nonce-empty': ['an empty nonce', { nonce: '' }],
      'nonce-quote': ['a nonce of a quote', { nonce: '"' }],
      'nonce-backslash': ['a nonce of a backslash', { nonce: '\\' }],
      'nonce-line-end': ['a nonce with a line end', { nonce: 'nonce\r\nX-Injected: yes' }],
      'nonce-nul': ['a nonce with a NUL', { nonce: 'nonce\0' }],
      'nonce-beyond-ascii': ['a nonce beyond ASCII', { nonce: '\u00e9\u00e9\u00e9' }],
      'nonce-half-surrogate': ['a nonce of half a surrogate pair', { nonce: '\ud800' }],
      'nonce-4000-characters': ['a nonce of four thousand characters', { nonce: 'n'.repeat(4000) }],
      'nonce-null': ['a nonce null', { nonce: null }],
      'nonce-true': ['a nonce true', { nonce: true }],
      'nonce-number': ['a nonce as a number', { nonce: 1 }],
      'nonce-object': ['a nonce as an object', { nonce: { nonce: 'nonce' } }],
      'nonce-list-empty': ['an empty list of nonces', { nonce: [] }],
    },
    traits,
  ),
  ...mutations(
    'proof_signature',
    {
      'faults-signature-and-nonce': [
        'a forged signature with a nonce that nobody issued',
        { dpop: forged, proof: { claims: { nonce: 'never-issued' } } },
      ],
    },
    traits,
  ),
  ...mutations(
    'proof_htm',
    {
      'faults-htm-and-nonce': without('another htm with a missing nonce', ({ method }) => ({
        proof: { method: otherMethod(method) },
      })),
    },
    traits,
  ),
  ...mutations(
    'proof_htu',
    { 'faults-htu-and-nonce': without('another htu with a missing nonce', () => elsewhere) },
    traits,
  ),
  ...mutations(
    'proof_ath',
    {
      'faults-ath-and-nonce': without('another ath with a missing nonce', () => ({ proof: { accessToken: 'other' } })),
    },
    traits,
  ),
  ...mutations(
    'token_expired',
    {
      'faults-token-and-nonce': without('an expired token with a missing nonce', ({ now }) => ({
        claims: { exp: now - 60 },
      })),
    },
    traits,
  ),
}

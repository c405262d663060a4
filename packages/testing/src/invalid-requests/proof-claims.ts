import { createHash } from 'node:crypto'
import { accessTokenHash } from '../proof-client.js'
import { mutations, proofClaims, proofFields, type Row } from './invalid-request.js'
import { type Mutation, tokenOf, type ValidRequest } from './mutation.js'

export const otherMethod = (method: string) => (method === 'POST' ? 'GET' : 'POST')

/** A request with this method, and a proof for another one. */
const requestOf = (method: string): Row => [
  `${method} with a proof for another method`,
  (valid) => ({ method, proof: { method: valid.method === method ? otherMethod(method) : valid.method } }),
]

const swapCase = (text: string) =>
  text.replace(/[a-z]/gi, (letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()))

/** A proof whose `ath` is made from the token that it is sent with. */
const ath =
  (from: (accessToken: string) => unknown) =>
  (valid: ValidRequest): Mutation => {
    const accessToken = tokenOf(valid)
    return { accessToken, proof: { claims: { ath: from(accessToken) } } }
  }

const digest = (name: string, encoding: 'hex' | 'base64' | 'base64url') => (text: string) =>
  createHash(name).update(text).digest(encoding)

/** RFC 9449 section 4.3, checks 3, 8 and 12. */
export const claims = {
  ...proofClaims('proof_claims', {
    'proof-jti-missing': ['a proof without jti', { jti: undefined }],
    'proof-jti-empty': ['an empty jti', { jti: '' }],
    'proof-jti-number': ['jti as a number', { jti: 1 }],
    'proof-jti-null': ['jti null', { jti: null }],
    'proof-jti-list': ['jti as a list', { jti: ['a'] }],
    'proof-jti-257-characters': ['jti of 257 characters', { jti: 'a'.repeat(257) }],
    'proof-jti-5000-characters': ['jti of thousands of characters', { jti: 'a'.repeat(5000) }],
    'proof-htm-missing': ['a proof without htm', { htm: undefined }],
    'proof-htm-empty': ['an empty htm', { htm: '' }],
    'proof-htm-list': ['htm as a list', ({ method }) => ({ htm: [method] })],
    'proof-htm-null': ['htm null', { htm: null }],
    'proof-htu-missing': ['a proof without htu', { htu: undefined }],
    'proof-htu-empty': ['an empty htu', { htu: '' }],
    'proof-htu-list': ['htu as a list', ({ url }) => ({ htu: [url] })],
    'proof-htu-null': ['htu null', { htu: null }],
    'proof-iat-missing': ['a proof without iat', { iat: undefined }],
    'proof-iat-null': ['iat null', { iat: null }],
    'proof-iat-string': ['iat as a string', ({ now }) => ({ iat: String(now) })],
    'proof-iat-list': ['iat as a list', ({ now }) => ({ iat: [now] })],
    'proof-iat-true': ['iat true', { iat: true }],
    'proof-iat-negative': ['a negative iat', ({ now }) => ({ iat: -now })],
    'proof-iat-date': ['iat as a date', ({ now }) => ({ iat: new Date(now * 1000).toISOString() })],
    'proof-ath-null': ['ath null', { ath: null }],
    'proof-ath-number': ['ath as a number', { ath: 1 }],
    'proof-ath-list': ['ath as a list', { ath: ['a'] }],
    'proof-exp-string': ['exp of the proof as a string', ({ now }) => ({ exp: String(now + 60) })],
    'proof-nbf-string': ['nbf of the proof as a string', ({ now }) => ({ nbf: String(now) })],
  }),
  ...proofFields('proof_claims', {
    'proof-iat-infinite': [
      'iat beyond every number',
      ({ header, payload, sign }) =>
        sign(header, JSON.stringify(payload).replace(/"iat":\d+(?:\.\d+)?/, '"iat":1e400')),
    ],
    'proof-payload-empty': ['an empty payload', ({ header, sign }) => sign(header, '{}')],
  }),
  ...proofClaims('proof_htm', {
    'proof-htm-lower-case': ['htm in lower case', ({ method }) => ({ htm: method.toLowerCase() })],
    'proof-htm-other-method': ['htm of another method', ({ method }) => ({ htm: otherMethod(method) })],
    'proof-htm-head': ['htm HEAD for another method', ({ method }) => ({ htm: method === 'HEAD' ? 'GET' : 'HEAD' })],
    'proof-htm-space': ['htm with a space', ({ method }) => ({ htm: `${method} ` })],
    'proof-htm-several': ['htm with several methods', ({ method }) => ({ htm: `${method},${otherMethod(method)}` })],
    'proof-htm-wildcard': ['htm as a wildcard', { htm: '*' }],
  }),
  ...mutations('proof_htm', {
    'proof-htm-method-override': [
      'htm of another method, which a header names too',
      ({ method }) => ({
        proof: { method: otherMethod(method) },
        headers: ['X-HTTP-Method-Override', otherMethod(method)],
      }),
    ],
  }),
  ...mutations(
    'proof_htm',
    {
      'method-get': requestOf('GET'),
      'method-post': requestOf('POST'),
      'method-put': requestOf('PUT'),
      'method-patch': requestOf('PATCH'),
      'method-delete': requestOf('DELETE'),
      'method-head': requestOf('HEAD'),
      'method-options': requestOf('OPTIONS'),
      'method-trace': requestOf('TRACE'),
    },
    { onlyByFetch: true },
  ),
  ...mutations('proof_ath', {
    'proof-ath-missing': ['a proof without ath', ath(() => undefined)],
    'proof-ath-other-token': ['ath of another token', ath(() => accessTokenHash('another'))],
    'proof-ath-padding': ['ath with padding', ath((token) => `${accessTokenHash(token)}=`)],
    'proof-ath-base64': ['ath in base64', ath(digest('sha256', 'base64'))],
    'proof-ath-hex': ['ath in hex', ath(digest('sha256', 'hex'))],
    'proof-ath-other-case': ['ath in another case', ath((token) => swapCase(accessTokenHash(token)))],
    'proof-ath-cut-short': ['ath that is cut short', ath((token) => accessTokenHash(token).slice(0, -1))],
    'proof-ath-space': ['ath with a space', ath((token) => ` ${accessTokenHash(token)}`)],
    'proof-ath-with-scheme': ['ath of scheme and token', ath((token) => accessTokenHash(`DPoP ${token}`))],
    'proof-ath-token-other-case': [
      'ath of the token in another case',
      ath((token) => accessTokenHash(swapCase(token))),
    ],
    'proof-ath-token-itself': ['ath that is the token itself', ath((token) => token)],
    'proof-ath-sha512': ['ath of SHA-512', ath(digest('sha512', 'base64url'))],
    'proof-ath-token-same-key': [
      'a proof for one token with another of the same key',
      ({ issuer, client, now }) => ({
        proof: { accessToken: issuer.mint({ now, scope: 'admin', cnf: { jkt: client.jkt } }) },
      }),
    ],
  }),
}

/** What no parser of Node lets through. */
export const earlyMethod = mutations(
  'proof_htm',
  {
    'method-lower-case': [
      'a method in lower case with a proof for it in upper case',
      ({ method }) => ({ method: method.toLowerCase(), proof: { method } }),
    ],
  },
  { onlyByFetch: true, answeredBy: 'Node' },
)

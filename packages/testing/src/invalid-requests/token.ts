import { createHmac } from 'node:crypto'
import { signCompact, signingInput } from '../compact-jws.js'
import { createTokenIssuer, type MintOptions } from '../token-issuer.js'
import { mutations, tokenClaims, tokenHeaders } from './invalid-request.js'
import { type Mutation, tokenOf, type ValidRequest } from './mutation.js'

const encode = (text: string) => Buffer.from(text).toString('base64url')

type Row = readonly [description: string, mutate: (valid: ValidRequest) => Mutation]

/** A token that is made from a good one. */
const changed = (
  description: string,
  change: (token: string, parts: readonly [string, string, string], valid: ValidRequest) => string,
): Row => [
  description,
  (valid) => {
    const token = tokenOf(valid)
    return { accessToken: change(token, token.split('.') as [string, string, string], valid) }
  },
]

const decodePart = (part: string): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString())

/** A token that the issuer signed, with changed JSON. */
const signed = (description: string, change: (json: string) => string | Buffer): Row =>
  changed(description, (_, [header, payload], { issuer }) =>
    issuer.sign(decodePart(header), change(JSON.stringify(decodePart(payload)))),
  )

/** A token that somebody else signed in the issuer's name. */
const signedByIntruder = (
  description: string,
  mint: (kid: string, intruder: { jwks: { keys: object[] } }) => MintOptions,
): Row => [
  description,
  (valid) => {
    const { kid } = decodePart(tokenOf(valid).split('.')[0] ?? '')
    const { iss, aud } = decodePart(tokenOf(valid).split('.')[1] ?? '')
    const issuer = createTokenIssuer({ kid: 'intruder-key' })
    return { issuer, claims: { iss, aud }, mint: mint(String(kid), issuer) }
  },
]

const resourceOf = (valid: ValidRequest) =>
  [decodePart(tokenOf(valid).split('.')[1] ?? '').aud].flat().map(String)[0] ?? ''

export const audience =
  (change: (resource: string) => unknown) =>
  (valid: ValidRequest): { aud: unknown } => ({ aud: change(resourceOf(valid)) })

const issuerName =
  (change: (issuer: string) => unknown) =>
  ({ issuer }: ValidRequest): { iss: unknown } => ({ iss: change(issuer.issuer) })

const otherCase = (url: string) => url.replace(/^(\w+:\/\/)?./, (start) => start.toUpperCase())

const macWithPublicKey = (alg: 'HS256' | 'HS512') =>
  changed(`a token with alg ${alg} and the public key as the secret`, (_, [header, payload], { issuer }) => {
    const input = signingInput({ ...decodePart(header), alg }, decodePart(payload))
    const secret = JSON.stringify(issuer.jwks.keys[0])
    return `${input}.${createHmac(alg.replace('HS', 'sha'), secret).update(input).digest('base64url')}`
  })

/** RFC 9068 section 4. */
export const token = {
  ...tokenClaims('token_issuer', {
    'token-iss-other': ['a token of another issuer', { iss: 'https://evil.example' }],
    'token-iss-missing': ['a token without iss', { iss: undefined }],
    'token-iss-empty': ['an empty iss', { iss: '' }],
    'token-iss-slash-more': ['iss with a slash more', issuerName((issuer) => `${issuer}/`)],
    'token-iss-other-case': ['iss in another case', issuerName(otherCase)],
    'token-iss-port': ['iss with a port more', issuerName((issuer) => `${issuer}:443`)],
    'token-iss-list': ['iss as a list', issuerName((issuer) => [issuer])],
    'token-iss-null': ['iss null', { iss: null }],
    'token-iss-number': ['iss as a number', { iss: 1 }],
    'token-iss-constructor': ['iss constructor', { iss: 'constructor' }],
  }),
  ...mutations('token_issuer', {
    'token-of-other-issuer': [
      'a token of another issuer, under its own name and key',
      (valid) => ({
        issuer: createTokenIssuer({ issuer: 'https://other-as.example.com' }),
        claims: { aud: resourceOf(valid) },
      }),
    ],
    'token-is-proof': [
      'a proof as the access token',
      ({ client, method, url, now }) => ({ accessToken: client.proof({ method, url, now }) }),
    ],
  }),
  ...tokenClaims('token_audience', {
    'token-aud-other': ['a token for another resource', { aud: 'https://other.example.com' }],
    'token-aud-missing': ['a token without aud', { aud: undefined }],
    'token-aud-client': ['a token for its client', { aud: 'client-1' }],
    'token-aud-slash-more': ['aud with a slash more', audience((resource) => `${resource}/`)],
    'token-aud-other-case': ['aud in another case', audience(otherCase)],
    'token-aud-begins-alike': ['aud that only begins right', audience((resource) => `${resource}.evil.example`)],
    'token-aud-list-of-others': ['a list without this resource', { aud: ['https://a.example', 'https://b.example'] }],
    'token-aud-list-empty': ['an empty list as aud', { aud: [] }],
    'token-aud-two-in-one': [
      'aud with two resources in one string',
      audience((resource) => `${resource} https://other.example.com`),
    ],
  }),
  ...tokenClaims('token_expired', {
    'token-expired': ['a token that expired an hour ago', ({ now }) => ({ exp: now - 3600 })],
    'token-expired-5-seconds': ['a token that expired 5 seconds ago', ({ now }) => ({ exp: now - 5 })],
    'token-exp-zero': ['exp of the token zero', { exp: 0 }],
    'token-exp-negative': ['a negative exp of the token', { exp: -1 }],
  }),
  ...tokenClaims('token_not_yet_valid', {
    'token-not-yet-valid': [
      'a token that is valid from tomorrow',
      ({ now }) => ({ nbf: now + 86_400, exp: now + 90_000 }),
    ],
    // A second more than the bound, because the clock of a test may be the system clock.
    'token-not-yet-valid-7-seconds': ['a token that is valid in 7 seconds', ({ now }) => ({ nbf: now + 7 })],
  }),
  ...tokenClaims('token_claims', {
    'token-exp-missing': ['a token without exp', { exp: undefined }],
    'token-exp-string': ['exp of the token as a string', ({ now }) => ({ exp: String(now + 300) })],
    'token-exp-null': ['exp of the token null', { exp: null }],
    'token-nbf-string': ['nbf of the token as a string', { nbf: '1' }],
    'token-sub-number': ['sub as a number', { sub: 7 }],
    'token-sub-object': ['sub as an object', { sub: { toString: 'admin' } }],
    'token-client-id-list': ['client_id as a list', { client_id: ['client-1'] }],
  }),
  ...tokenHeaders('token_typ', {
    'token-typ-jwt': ['a token of typ JWT', { typ: 'JWT' }],
    'token-typ-missing': ['a token without typ', { typ: undefined }],
    'token-typ-proof': ['a token of typ dpop+jwt', { typ: 'dpop+jwt' }],
    'token-typ-logout': ['a token of typ logout+jwt', { typ: 'logout+jwt' }],
    'token-typ-id-token': ['a token of typ id_token+jwt', { typ: 'id_token+jwt' }],
    'token-typ-text-tree': ['a token of typ text/at+jwt', { typ: 'text/at+jwt' }],
    'token-typ-doubled': ['a token of a doubled media type', { typ: 'application/application/at+jwt' }],
    'token-typ-list': ['a token whose typ is a list', { typ: ['at+jwt'] }],
  }),
  ...mutations('token_typ', {
    'token-is-proof-with-claims': [
      "a proof with the issuer's claims as the access token",
      (valid) => {
        const claims = decodePart(tokenOf(valid).split('.')[1] ?? '')
        return { accessToken: valid.client.proof({ method: 'GET', url: valid.url, now: valid.now, claims }) }
      },
    ],
  }),
  ...mutations('token_algorithm', {
    'token-alg-none': changed(
      'a token with alg none',
      (_, [header, payload]) => `${signingInput({ ...decodePart(header), alg: 'none' }, decodePart(payload))}.`,
    ),
    'token-alg-none-signed': changed(
      'a token with alg none and a signature',
      (_, [header, payload, signature]) =>
        `${signingInput({ ...decodePart(header), alg: 'none' }, decodePart(payload))}.${signature}`,
    ),
    'token-alg-hs256': macWithPublicKey('HS256'),
    'token-alg-hs512': macWithPublicKey('HS512'),
  }),
  ...tokenHeaders('token_algorithm', {
    'token-alg-es256k': ['a token with alg ES256K', { alg: 'ES256K' }],
    'token-alg-lower-case': ['a token with alg in lower case', { alg: 'es256' }],
  }),
  ...tokenHeaders('token_key_unknown', {
    'token-kid-unknown': ['a token with an unknown kid', { kid: 'no-such-key' }],
    'token-kid-path': ['a token whose kid is a path', { kid: '../../../dev/null' }],
    'token-alg-of-other-curve': ['a token of another algorithm than its key', { alg: 'ES512' }],
    'token-alg-of-other-type': ['a token of another key type than its key', { alg: 'PS512' }],
  }),
  ...mutations('token_key_unknown', {
    'token-of-intruder': signedByIntruder('a token signed by nobody that the guard knows', () => ({})),
  }),
  ...mutations('token_signature', {
    'token-of-intruder-under-kid': signedByIntruder("a token signed by another key under the issuer's kid", (kid) => ({
      kid,
    })),
    'token-of-intruder-without-kid': signedByIntruder('a token signed by another key without a kid', () => ({
      header: { kid: undefined },
    })),
    'token-brings-jwk': signedByIntruder('a token that brings its own jwk', (kid, { jwks }) => ({
      kid,
      header: { jwk: jwks.keys[0] },
    })),
    'token-signed-by-client': changed(
      "a token signed by the client's own key",
      (_, [header, payload], { client: { alg, privateKey, jwk } }) =>
        signCompact({ alg, privateKey, header: { ...decodePart(header), jwk }, payload: decodePart(payload) }),
    ),
    'token-signature-missing': changed(
      'a token without its signature',
      (_, [header, payload]) => `${header}.${payload}.`,
    ),
    'token-signature-half': changed('a token with half its signature', (_, [header, payload, signature]) => {
      const bytes = Buffer.from(signature, 'base64url')
      return `${header}.${payload}.${bytes.subarray(bytes.length / 2).toString('base64url')}`
    }),
    'token-signature-zeros': changed(
      'a token with a signature of zeros',
      (_, [header, payload, signature]) => `${header}.${payload}.${'A'.repeat(signature.length)}`,
    ),
    'token-claims-changed': changed(
      'a token with other claims under its signature',
      (_, [header, payload, signature]) =>
        `${header}.${encode(JSON.stringify({ ...decodePart(payload), sub: 'admin' }))}.${signature}`,
    ),
    'token-header-changed': changed('a token with another header under its signature', (_, [header, ...rest]) =>
      [encode(JSON.stringify({ ...decodePart(header), x: 1 })), ...rest].join('.'),
    ),
  }),
  ...tokenHeaders('token_malformed', {
    'token-crit': ['a token with an unknown crit', { crit: ['urn:x'], 'urn:x': 1 }],
    'token-b64-false': ['a token with an unencoded payload', { crit: ['b64'], b64: false }],
    'token-alg-missing': ['a token without alg', { alg: undefined }],
  }),
  ...mutations('token_malformed', {
    'token-opaque': ['an opaque token', { accessToken: 'rubbish' }],
    'token-one-character': ['a token of a single character', { accessToken: 'a' }],
    'token-all-characters': ['a token with every character of token68', { accessToken: 'aZ09-._~+/=' }],
    'token-6000-characters': ['a long opaque token', { accessToken: 'a'.repeat(6000) }],
    'token-dots': ['a token of dots', { accessToken: '..' }],
    'token-padding': changed('a token with padding behind it', (token) => `${token}=`),
    'token-one-part': changed('a token of one part', (_, [header]) => header),
    'token-two-parts': changed('a token of two parts', (_, [header, payload]) => `${header}.${payload}`),
    'token-four-parts': changed('a token of four parts', (token) => `${token}.AAAA`),
    'token-encrypted': changed(
      'an encrypted token',
      () => `${encode('{"alg":"dir","enc":"A256GCM"}')}..AAAA.AAAA.AAAA`,
    ),
    'token-header-rubbish': changed('a token whose header is rubbish', (_, [, ...rest]) => ['AAAA', ...rest].join('.')),
    'token-payload-rubbish': changed('a token whose payload is rubbish', (token) => token.replace(/\..*\./, '.AAAA.')),
    'token-payload-list': changed('a token whose payload is a list', (token) =>
      token.replace(/\..*\./, `.${encode('[]')}.`),
    ),
    'token-payload-empty': changed('a token whose payload is empty', (token) => token.replace(/\..*\./, '..')),
    'token-payload-not-utf8': changed('a token whose payload is not UTF-8', (token) =>
      token.replace(/\..*\./, '.eyJpc3MiOiL_In0.'),
    ),
    'token-signed-not-utf8': signed('a signed token that is not UTF-8', (json) =>
      Buffer.from(`${json.slice(0, -1)},"x":"\xef"}`, 'latin1'),
    ),
    'token-signed-list': signed('a signed list', (json) => `[${json}]`),
    'token-signed-string': signed('a signed string', (json) => JSON.stringify(json)),
  }),
}

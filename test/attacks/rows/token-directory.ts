import type { AccessTokenInfo } from '@dpop-guard/core'
import type { Make, Mutation } from '../make.js'
import { type Instructions, opaqueToken } from '../opaque-token.js'
import { mainIssuer, now, type ProfileName, resource } from '../profiles.js'
import type { Expectation, Row } from '../row.js'
import { unconfirmable } from './binding.js'
import { underProfile } from './invalid-requests.js'

/** A row whose token the API's own function knows. The claims are those of a good token, changed by these. */
const row = (
  name: string,
  claims: (make: Make) => Record<string, unknown>,
  expect: Expectation,
  { profile = 'directory', ...mutation }: Mutation & { profile?: ProfileName } = {},
): Row => ({
  name,
  profile,
  request: (make) => make.request({ ...mutation, accessToken: opaqueToken({ answers: info(make, claims(make)) }) }),
  expect,
})

const info = (make: Make, claims: Record<string, unknown> = {}): AccessTokenInfo => ({
  claims: {
    iss: mainIssuer.issuer,
    aud: resource,
    sub: 'alice',
    exp: now + 300,
    scope: 'orders:read',
    cnf: { jkt: make.client.jkt },
    ...claims,
  },
})

/** A row whose token makes the function misbehave. */
const odd = (name: string, instructions: (make: Make) => Instructions, expect: Expectation): Row => ({
  name,
  profile: 'directory',
  request: (make) => make.request({ accessToken: opaqueToken(instructions(make)) }),
  expect,
})

/** One token is sent twice. The function knows it the first time only, and lets the guard cache its answer. */
const twice = (
  name: string,
  { cacheSeconds, later, claims }: { cacheSeconds?: number; later: number; claims?: Record<string, unknown> },
  expect: Expectation,
): Row => ({
  name,
  profile: 'directory',
  request(make) {
    const accessToken = opaqueToken({ answers: { ...info(make, claims), cacheSeconds }, once: true })
    return [make.request({ accessToken }), make.request({ accessToken, later })]
  },
  expect,
})

const accepted: Expectation = { accepted: 'DPoP' }
const inactive: Expectation = { rejected: 'token_inactive' }
const unavailable: Expectation = { rejected: 'access_token_check_unavailable' }
const asBearer: Mutation & { profile: ProfileName } = { scheme: 'Bearer', dpop: [], profile: 'directory, bearer' }
const forged: Mutation = { dpop: ({ proof }) => `${proof.slice(0, -86)}${'A'.repeat(86)}` }

export const tokenDirectory: readonly Row[] = [
  row('a token that a function knows is accepted', () => ({}), accepted),
  odd('a token that a function does not know is not active', () => ({}), inactive),
  ...(['throws', 'rejects'] as const).map((fails) =>
    odd(`a function that ${fails} is an outage`, () => ({ fails }), unavailable),
  ),
  {
    name: 'a token that makes a function throw is an outage',
    profile: 'directory',
    request: (make) => make.request({ accessToken: 'rubbish' }),
    expect: unavailable,
  },
  ...Object.entries({
    null: () => null,
    false: () => false,
    true: () => true,
    'a number': () => 1,
    "the subject's name": () => 'alice',
    'an empty list': () => [],
    'an empty object': () => ({}),
    'claims null': () => ({ claims: null }),
    'claims true': () => ({ claims: true }),
    'claims as a string': (make: Make) => ({ claims: JSON.stringify(info(make).claims) }),
    'claims in a list': (make: Make) => ({ claims: [info(make).claims] }),
    'the claims themselves': (make: Make) => info(make).claims,
    'a negative cacheSeconds': (make: Make) => ({ ...info(make), cacheSeconds: -1 }),
    'cacheSeconds as a string': (make: Make) => ({ ...info(make), cacheSeconds: '60' }),
    'cacheSeconds null': (make: Make) => ({ ...info(make), cacheSeconds: null }),
  }).map(([name, answers]) =>
    odd(`a function that returns ${name} is an outage`, (make) => ({ answers: answers(make) }), unavailable),
  ),

  odd('a token without any claims is not bound', () => ({ answers: { claims: {} } }), {
    rejected: 'token_unbound',
  }),
  odd(
    'a token whose only claim is its binding is accepted',
    (make) => ({ answers: { claims: { cnf: { jkt: make.client.jkt } } } }),
    accepted,
  ),
  row('a token without exp is accepted', () => ({ exp: undefined }), accepted),
  row('a token 4 seconds past exp is accepted', () => ({ exp: now - 4 }), accepted),
  row('a token 5 seconds past exp is expired', () => ({ exp: now - 5 }), { rejected: 'token_expired' }),
  row(
    'a token is expired in the second of exp where nothing is tolerated',
    () => ({ exp: now }),
    {
      rejected: 'token_expired',
    },
    { profile: 'directory, strict' },
  ),
  row('a token is accepted in the second before exp where nothing is tolerated', () => ({ exp: now + 1 }), accepted, {
    profile: 'directory, strict',
  }),
  row('a token 5 seconds before nbf is accepted', () => ({ nbf: now + 5 }), accepted),
  row('a token 6 seconds before nbf is not yet valid', () => ({ nbf: now + 6 }), { rejected: 'token_not_yet_valid' }),
  ...Object.entries({
    'exp as a string': { exp: String(now + 300) },
    'exp null': { exp: null },
    'nbf as a string': { nbf: '0' },
    'nbf null': { nbf: null },
    'sub as a number': { sub: 1 },
    'sub null': { sub: null },
    'client_id as a list': { client_id: ['client-1'] },
  }).map(([name, claims]) => row(`${name} is malformed`, () => claims, { rejected: 'token_claims' })),

  row('a token without iss is accepted', () => ({ iss: undefined }), accepted),
  row('a token of another issuer is rejected', () => ({ iss: 'https://evil.example' }), { rejected: 'token_issuer' }),
  row('a token of an issuer with an extra slash is rejected', () => ({ iss: `${mainIssuer.issuer}/` }), {
    rejected: 'token_issuer',
  }),
  row('iss null is of another issuer', () => ({ iss: null }), { rejected: 'token_issuer' }),
  row('a list of issuers is another issuer', () => ({ iss: [mainIssuer.issuer] }), { rejected: 'token_issuer' }),
  row('a token of any issuer is accepted where none is named', () => ({ iss: 'https://any.example' }), accepted, {
    profile: 'directory, any issuer',
  }),
  row('a token without aud is accepted', () => ({ aud: undefined }), accepted),
  row(
    'a list of audiences with the resource is accepted',
    () => ({ aud: ['https://other.example.com', resource] }),
    accepted,
  ),
  ...Object.entries({
    'another audience': 'https://other.example.com',
    'an audience with an extra slash': `${resource}/`,
    'an audience in upper case': resource.toUpperCase(),
    'an audience that begins like the resource': `${resource}.evil.example`,
    'a list of other audiences': ['https://other.example.com'],
    'an empty list of audiences': [],
    'an empty audience': '',
    'aud null': null,
    'aud as an object': { [resource]: true },
  }).map(([name, aud]) => row(`${name} is rejected`, () => ({ aud }), { rejected: 'token_audience' })),

  ...Object.entries(unconfirmable).map(([name, cnf]) =>
    row(`${name}, from a function, cannot be confirmed`, (make) => ({ cnf: cnf(make) }), {
      rejected: 'token_binding_unconfirmed',
    }),
  ),
  row('a token without cnf, from a function, is not bound', () => ({ cnf: undefined }), { rejected: 'token_unbound' }),
  row('a token that is bound to another key, from a function, is rejected', () => ({ cnf: { jkt: 'A'.repeat(43) } }), {
    rejected: 'token_key_mismatch',
  }),
  row(
    'a token that a function knows, with a proof for another token, is rejected',
    () => ({}),
    {
      rejected: 'proof_ath',
    },
    { proof: { accessToken: 'other' } },
  ),
  row(
    'a token that a function knows, with a forged proof, is rejected',
    () => ({}),
    {
      rejected: 'proof_signature',
    },
    forged,
  ),
  row(
    'an unbound Bearer token that a function knows is accepted',
    () => ({ cnf: undefined }),
    {
      accepted: 'Bearer',
    },
    asBearer,
  ),
  row(
    'a bound token that a function knows never passes as Bearer',
    () => ({}),
    {
      rejected: 'token_bound_as_bearer',
      in: 'Bearer',
    },
    asBearer,
  ),
  {
    name: 'a Bearer token that a function does not know is rejected in the challenge of Bearer',
    profile: 'directory, bearer',
    request: (make) => make.request({ scheme: 'Bearer', dpop: [], accessToken: opaqueToken({}) }),
    expect: { rejected: 'token_inactive', in: 'Bearer' },
  },
  {
    name: 'a function is not asked where the proof is missing',
    profile: 'directory',
    request: (make) => make.request({ dpop: [], accessToken: opaqueToken({ fails: 'throws' }) }),
    expect: { rejected: 'proof_missing' },
  },
  ...underProfile('directory', ['faults-authorization-and-no-proof']),

  twice('without cacheSeconds, a function is asked each time', { later: 0 }, inactive),
  twice('an answer is used again for cacheSeconds', { cacheSeconds: 60, later: 59 }, accepted),
  twice('an answer is not used again after cacheSeconds', { cacheSeconds: 60, later: 60 }, inactive),
  twice(
    'an answer without exp is used again for cacheSeconds',
    {
      cacheSeconds: 60,
      later: 59,
      claims: { exp: undefined },
    },
    accepted,
  ),
  twice(
    'an answer is never used again past exp',
    { cacheSeconds: 3600, later: 66, claims: { exp: now + 60 } },
    inactive,
  ),
  twice(
    'an answer about a token that has not expired is used again',
    {
      cacheSeconds: 3600,
      later: 59,
      claims: { exp: now + 60 },
    },
    accepted,
  ),
  {
    name: 'claims that the function changes later change nothing',
    profile: 'directory',
    request(make) {
      const accessToken = opaqueToken({ answers: { ...info(make), cacheSeconds: 60 }, once: true, spoiltLater: true })
      const another = opaqueToken({ answers: info(make) })
      return [accessToken, another, accessToken].map((token) => make.request({ accessToken: token }))
    },
    expect: accepted,
  },
  {
    name: 'a cached token still needs a new proof',
    profile: 'directory',
    request(make) {
      const accessToken = opaqueToken({ answers: { ...info(make), cacheSeconds: 60 } })
      const request = make.request({ accessToken })
      return [request, request]
    },
    expect: { rejected: 'proof_replayed' },
  },
]

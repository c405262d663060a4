import type { Make, Mutation } from '../make.js'
import { type Instructions, opaqueToken } from '../opaque-token.js'
import { mainIssuer, now, type ProfileName, resource } from '../profiles.js'
import type { Expectation, Row } from '../row.js'

const row = (
  name: string,
  instructions: (make: Make) => Instructions,
  expect: Expectation,
  profile: ProfileName = 'introspection',
  mutation: Mutation = {},
): Row => ({
  name,
  profile,
  request: (make) => make.request({ ...mutation, accessToken: opaqueToken(instructions(make)) }),
  expect,
})

const active = (make: Make, members: Record<string, unknown> = {}) => ({
  active: true,
  aud: resource,
  cnf: { jkt: make.client.jkt },
  ...members,
})

/** Rows whose answer has some members that differ from a good one. */
const rowsOf = (expect: Expectation, members: Record<string, Record<string, unknown>>, profile?: ProfileName) =>
  Object.entries(members).map(([name, changed]) =>
    row(name, (make) => ({ answers: active(make, changed) }), expect, profile),
  )

const accepted: Expectation = { accepted: 'DPoP' }
const unavailable: Expectation = { rejected: 'introspection_unavailable' }

export const introspection: readonly Row[] = [
  row('an active token is accepted, and the proof is not sent on', (make) => ({ answers: active(make) }), accepted),
  row('a token that is not active is rejected', () => ({ answers: { active: false } }), { rejected: 'token_inactive' }),
  row(
    'a token that is not active is rejected, however good the rest of the answer is',
    (make) => ({ answers: { ...active(make), active: false } }),
    { rejected: 'token_inactive' },
  ),
  ...Object.entries({
    'active as a string': 'true',
    'active as a number': 1,
    'active null': null,
    'no active': undefined,
  }).map(([name, value]) =>
    row(
      `an answer with ${name} is an outage`,
      (make) => ({ answers: { ...active(make), active: value } }),
      unavailable,
    ),
  ),
  ...Object.entries({
    'a list': () => ({ answers: [{ active: true }] }),
    null: () => ({ answers: null }),
    'a string': () => ({ answers: 'active' }),
    'no content': () => ({ answers: '' }),
    'half of its JSON': () => ({ answers: '{"active":true' }),
    'another type': (make: Make) => ({ answers: active(make), type: 'text/html' }),
    'a signed answer': (make: Make) => ({ answers: active(make), type: 'application/token-introspection+jwt' }),
    'the status 500': (make: Make) => ({ answers: active(make), status: 500 }),
    'the status 401': () => ({ answers: { error: 'invalid_client' }, status: 401 }),
    'the status 302': (make: Make) => ({ answers: active(make), status: 302 }),
    'more than a megabyte': (make: Make) => ({ answers: active(make), padding: 1024 * 1024 }),
  } satisfies Record<string, (make: Make) => Instructions>).map(([name, instructions]) =>
    row(`an endpoint that answers with ${name} is an outage`, instructions, unavailable),
  ),
  row(
    'an endpoint that cannot be reached is an outage',
    (make) => ({ answers: active(make) }),
    unavailable,
    'introspection down',
  ),
  row('an outage does not hide a malformed proof', () => ({}), { rejected: 'proof_malformed' }, 'introspection down', {
    dpop: 'rubbish',
  }),
  row(
    'an outage does not hide a scheme that is not supported',
    () => ({}),
    { rejected: 'scheme_unsupported' },
    'introspection down',
    {
      scheme: 'Bearer',
    },
  ),

  ...rowsOf(accepted, {
    'an answer about the issuer is accepted': { iss: mainIssuer.issuer },
    'an answer with several audiences is accepted': { aud: ['https://other.example.com', resource] },
    'token_type DPoP is accepted': { token_type: 'DPoP' },
    'token_type in lower case is accepted': { token_type: 'dpop' },
    'an answer with times is accepted': { iat: now, nbf: now, exp: now + 300 },
  }),
  row(
    'an answer with a jkt beside other members of cnf is accepted',
    (make) => ({ answers: active(make, { cnf: { kid: 'k1', jkt: make.client.jkt } }) }),
    accepted,
  ),
  row(
    'an answer with half a megabyte of spaces is accepted',
    (make) => ({ answers: active(make), padding: 512 * 1024 }),
    accepted,
  ),
  ...rowsOf(
    { rejected: 'token_issuer' },
    { 'an answer about another issuer is rejected': { iss: 'https://evil.example' } },
  ),
  ...rowsOf(
    { rejected: 'token_audience' },
    {
      'an answer without aud is rejected': { aud: undefined },
      'an answer with an empty list of audiences is rejected': { aud: [] },
      'an answer for another server is rejected': { aud: 'https://other.example.com' },
    },
  ),
  ...rowsOf(
    accepted,
    { 'an answer without aud is accepted if the server is known for it': { aud: undefined } },
    'introspection, any audience',
  ),
  ...rowsOf(
    { rejected: 'token_audience' },
    { 'an answer for another server is still rejected': { aud: 'https://other.example.com' } },
    'introspection, any audience',
  ),
  ...rowsOf({ rejected: 'token_expired' }, { 'an answer past exp is rejected': { exp: now - 60 } }),
  ...rowsOf({ rejected: 'token_not_yet_valid' }, { 'an answer before nbf is rejected': { nbf: now + 60 } }),
  ...rowsOf({ rejected: 'token_unbound' }, { 'an answer without cnf is of an unbound token': { cnf: undefined } }),
  ...rowsOf(
    { rejected: 'token_binding_unconfirmed' },
    {
      'token_type Bearer contradicts a jkt': { token_type: 'Bearer' },
      'token_type that is not a string contradicts a jkt': { token_type: ['DPoP'] },
      'token_type DPoP contradicts a missing cnf': { token_type: 'DPoP', cnf: undefined },
      'token_type DPoP contradicts a certificate alone': { token_type: 'DPoP', cnf: { 'x5t#S256': 'A'.repeat(43) } },
      'an answer with cnf null cannot be confirmed': { cnf: null },
      'an answer with a certificate alone cannot be confirmed': { cnf: { 'x5t#S256': 'A'.repeat(43) } },
    },
  ),
  ...rowsOf(
    { rejected: 'token_key_mismatch' },
    { 'an answer with another key is rejected': { cnf: { jkt: 'A'.repeat(43) } } },
  ),
  ...(
    [
      ['an answer is used again for ten seconds', 9, accepted],
      ['an answer is not used again after ten seconds', 10, { rejected: 'token_inactive' }],
    ] as const
  ).map(
    ([name, later, expect]): Row => ({
      name,
      profile: 'introspection',
      request(make) {
        const accessToken = opaqueToken({ answers: active(make), once: true })
        return [make.request({ accessToken }), make.request({ accessToken, later })]
      },
      expect,
    }),
  ),
  {
    name: 'an answer is not used again past exp',
    profile: 'introspection',
    request(make) {
      const accessToken = opaqueToken({ answers: active(make, { exp: now + 2 }), once: true })
      return [make.request({ accessToken }), make.request({ accessToken, later: 8 })]
    },
    expect: { rejected: 'token_inactive' },
  },
]

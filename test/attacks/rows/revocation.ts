import type { Mutation } from '../make.js'
import { now } from '../profiles.js'
import type { Expectation, Row } from '../row.js'

/** A row whose token holds what the hook must answer. */
const row = (name: string, revocation: unknown, expect: Expectation, { claims, ...mutation }: Mutation = {}): Row => ({
  name,
  profile: 'revocation',
  request: (make) => make.request({ ...mutation, claims: { cnf: { jkt: make.client.jkt }, ...claims, revocation } }),
  expect,
})

const revoked: Expectation = { rejected: 'token_revoked' }
const unavailable: Expectation = { rejected: 'revocation_unavailable' }
const asBearer: Mutation = { scheme: 'Bearer', dpop: [], claims: { cnf: undefined } }

export const revocation: readonly Row[] = [
  row('a token that is not revoked is accepted', { answers: false }, { accepted: 'DPoP' }),
  row('a revoked token is rejected', { answers: true }, revoked),
  row('a revoked Bearer token is rejected', { answers: true }, { ...revoked, in: 'Bearer' }, asBearer),
  row('a Bearer token that is not revoked is accepted', { answers: false }, { accepted: 'Bearer' }, asBearer),
  row(
    'a revoked token is rejected as revoked before its binding is checked',
    { answers: true },
    { ...revoked, in: 'Bearer' },
    {
      scheme: 'Bearer',
      dpop: [],
    },
  ),
  row('a revoked token is rejected as revoked before its proof is checked', { answers: true }, revoked, {
    proof: { method: 'POST' },
  }),
  ...['throws', 'rejects'].map((behaviour) =>
    row(`a list of revoked tokens that ${behaviour} is an outage`, behaviour, unavailable),
  ),
  ...Object.entries({
    nothing: {},
    null: { answers: null },
    'a string': { answers: 'false' },
    'an empty string': { answers: '' },
    zero: { answers: 0 },
    one: { answers: 1 },
    'an object': { answers: { revoked: false } },
  }).map(([name, answers]) => row(`a list of revoked tokens that answers ${name} is an outage`, answers, unavailable)),
  row('an outage of the list is one for Bearer too', 'throws', unavailable, asBearer),
  row(
    'the list is not asked about an expired token',
    'throws',
    { rejected: 'token_expired' },
    {
      claims: { exp: now - 60 },
    },
  ),
  row('the list is not asked where the proof is missing', 'throws', { rejected: 'proof_missing' }, { dpop: [] }),
  {
    name: 'a cached token is asked about again',
    profile: 'revocation',
    request(make) {
      const accessToken = make.accessToken({ claims: { revocation: 'later' } })
      return [make.request({ accessToken }), make.request({ accessToken })]
    },
    expect: revoked,
  },
  {
    name: 'a cached Bearer token is asked about again',
    profile: 'revocation',
    request(make) {
      const accessToken = make.accessToken({ claims: { cnf: undefined, revocation: 'later' } })
      const request = make.request({ accessToken, scheme: 'Bearer', dpop: [] })
      return [request, request]
    },
    earlier: { accepted: 'Bearer' },
    expect: { ...revoked, in: 'Bearer' },
  },
]

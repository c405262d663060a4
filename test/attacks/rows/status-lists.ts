import type { Make, Mutation } from '../make.js'
import { now } from '../profiles.js'
import type { Expectation, Row } from '../row.js'
import { statusLists } from '../status-lists.js'

const at = (name: string, idx: unknown = 0) => ({ status_list: { uri: statusLists + name, idx } })

/** A token with this claim `status`. */
const row = (name: string, status: unknown, expect: Expectation, { claims, ...mutation }: Mutation = {}): Row => ({
  name,
  profile: 'status lists',
  request: (make) => make.request({ ...mutation, claims: { cnf: { jkt: make.client.jkt }, ...claims, status } }),
  expect,
})

/** The token is sent when its list was just fetched, and again later. */
const later = (name: string, list: string, seconds: number, expect: Expectation): Row => ({
  name,
  profile: 'status lists',
  request(make: Make) {
    const accessToken = make.accessToken({ claims: { status: at(list) } })
    return [make.request({ accessToken }), make.request({ accessToken, later: seconds })]
  },
  expect,
})

const accepted: Expectation = { accepted: 'DPoP' }
const revoked: Expectation = { rejected: 'token_revoked' }
const malformed: Expectation = { rejected: 'token_claims' }
const unavailable: Expectation = { rejected: 'revocation_unavailable' }
const asBearer: Mutation = { scheme: 'Bearer', dpop: [], claims: { cnf: undefined } }

export const statusListRows: readonly Row[] = [
  row('a token whose status is valid is accepted', at('good'), accepted),
  row('a revoked token is rejected', at('good', 1), revoked),
  row('a suspended token is rejected', at('good', 2), revoked),
  row("a token with a status of the issuer's own is rejected", at('good', 3), revoked),
  row('an index behind the end of the list is an outage', at('good', 4), unavailable),
  row('a Bearer token whose status is valid is accepted', at('good'), { accepted: 'Bearer' }, asBearer),
  row('a revoked Bearer token is rejected', at('good', 1), { ...revoked, in: 'Bearer' }, asBearer),
  row('a suspended Bearer token is rejected', at('good', 2), { ...revoked, in: 'Bearer' }, asBearer),
  row('a list that is down is an outage for Bearer too', at('unreachable'), unavailable, asBearer),
  row('a revoked token is rejected as revoked before its proof is checked', at('good', 1), revoked, {
    proof: { method: 'POST' },
  }),
  row(
    'no list is asked about an expired token',
    at('unreachable'),
    { rejected: 'token_expired' },
    {
      claims: { exp: now - 60 },
    },
  ),

  row('a token without a status is rejected', undefined, malformed),
  row('a token without a status list is rejected', { other_mechanism: {} }, malformed),
  row('a status that is a string is rejected', 'valid', malformed),
  row('a status list without idx is rejected', { status_list: { uri: `${statusLists}good` } }, malformed),
  row('a status list without uri is rejected', { status_list: { idx: 0 } }, malformed),
  ...[-1, 1.5, '0', null, 2 ** 53].map((idx) =>
    row(`the index ${JSON.stringify(idx)} is rejected`, at('good', idx), malformed),
  ),

  ...[
    'https://attacker.example/statuslists/good',
    `${statusLists}../good`,
    `${statusLists}%2e%2e/good`,
    `${statusLists}good?x`,
    `${statusLists}good#x`,
    'https://as.example.com/good',
    'http://as.example.com/statuslists/good',
  ].map((uri) =>
    row(
      `a list at ${uri}, which is not below the option "uris", is an outage`,
      { status_list: { uri, idx: 0 } },
      unavailable,
    ),
  ),

  ...Object.entries({
    'that cannot be reached': 'unreachable',
    'that is not there': 'missing',
    'that is somewhere else': 'redirected',
    'of another media type': 'other-media-type',
    'that is not a JWT': 'page',
    'of more than 2 MiB': 'too-long',
    'of more than 8 MiB when it is inflated': 'bomb',
    'that another issuer signed': 'attacker',
    'whose signature is cut': 'cut',
    'without a signature': 'unsigned',
    'with alg none': 'alg-none',
    'with a critical header parameter': 'crit',
    "signed with a key that is not in the issuer's set": 'unknown-key',
    'that is an access token': 'access-token',
    'of another typ': 'other-typ',
    'for another URL': 'other-sub',
    'without sub': 'no-sub',
    'that has expired': 'expired',
    'from the future': 'from-the-future',
    'without iat': 'no-iat',
    'with a ttl of zero': 'ttl-zero',
    'of three bits': 'three-bits',
    'that is not deflated': 'not-deflated',
    'without the list itself': 'no-list',
  }).map(([what, name]) => row(`a list ${what} is an outage`, at(name), unavailable)),

  later('a token is rejected when its list is too old, and the next one revokes it', 'revoked-later', 11, {
    rejected: 'token_revoked',
  }),
  later('a list that is too old is not used if the next one cannot be fetched', 'down-later', 11, unavailable),
  later('a list is not used after it has expired', 'expires-soon', 16, unavailable),
]

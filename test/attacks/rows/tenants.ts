import type { Mutation } from '../make.js'
import { legacyIssuer, mainIssuer, now, twinIssuer } from '../profiles.js'
import type { Expectation, Row } from '../row.js'

const hosts = { one: 'https://one.example.com', two: 'https://two.example.com', broken: 'https://one.example.com' }

/** A request to the host of a tenant, with a proof for its URL. */
const at = (host: string, mutation: Mutation = {}): Mutation => ({
  host: `${host}.internal`,
  url: `${host === 'two' ? hosts.two : hosts.one}/orders`,
  target: '/orders',
  ...mutation,
})

const row = (name: string, mutation: Mutation, expect: Expectation): Row => ({
  name,
  profile: 'tenant issuers',
  request: (make) => make.request(mutation),
  expect,
})

const accepted: Expectation = { accepted: 'DPoP' }
const elsewhere: Expectation = { rejected: 'token_issuer_not_allowed' }
const asBearer: Mutation = { scheme: 'Bearer', dpop: [] }
const noLookup: Expectation = { rejected: 'issuer_lookup_unavailable' }
const undecided: Expectation = { rejected: 'issuer_check_unavailable' }

/** A token that names this issuer. What the function does depends on the name. */
const naming = (iss: string): Mutation => at('one', { claims: { iss } })

export const tenants: readonly Row[] = [
  row("a tenant's token is accepted on its host", at('one'), accepted),
  row("another tenant's token is accepted on its own host", at('two', { issuer: twinIssuer }), accepted),
  row("a tenant's token is rejected on another tenant's host", at('two'), elsewhere),
  row("another tenant's token is rejected on the first tenant's host", at('one', { issuer: twinIssuer }), elsewhere),
  row("a tenant's Bearer token is accepted on its host", at('one', { ...asBearer, claims: { cnf: undefined } }), {
    accepted: 'Bearer',
  }),
  row(
    "a tenant's Bearer token is rejected on another tenant's host",
    at('two', { ...asBearer, claims: { cnf: undefined } }),
    { ...elsewhere, in: 'Bearer' },
  ),
  {
    name: "a tenant's cached token is rejected on another tenant's host",
    profile: 'tenant issuers',
    request(make) {
      const accessToken = make.accessToken()
      return [make.request(at('one', { accessToken })), make.request(at('two', { accessToken }))]
    },
    expect: elsewhere,
  },
  {
    name: "a tenant's token is accepted on its host after another host has rejected it",
    profile: 'tenant issuers',
    request(make) {
      const accessToken = make.accessToken()
      return [make.request(at('two', { accessToken })), make.request(at('one', { accessToken }))]
    },
    earlier: elsewhere,
    expect: accepted,
  },
  row(
    "a tenant's key does not sign for another tenant, although both have one key id",
    at('two', { claims: { iss: twinIssuer.issuer } }),
    { rejected: 'token_signature' },
  ),
  row(
    "a tenant's own algorithm and typ count",
    at('one', { issuer: legacyIssuer, mint: { header: { typ: 'JWT' } } }),
    elsewhere,
  ),
  row("a tenant's settings do not count for another tenant", at('two', { mint: { header: { typ: 'JWT' } } }), {
    rejected: 'token_typ',
  }),
  row('where the issuer may be used is not asked about an expired token', at('broken', { claims: { exp: now - 60 } }), {
    rejected: 'token_expired',
  }),
  row(
    'where the issuer may be used is decided before the binding',
    at('two', { claims: { cnf: undefined } }),
    elsewhere,
  ),
  row('where the issuer may be used is decided before the proof', at('two', { url: `${hosts.one}/orders` }), elsewhere),
  row('a check of the host that throws is an outage', at('broken'), undecided),
  row('a check of the host that rejects is an outage', at('rejecting'), undecided),
  row('a check of the host that returns a string is an outage', at('talking'), undecided),
  row('a check of the host that returns nothing is an outage', at('silent'), undecided),

  ...[
    'https://unknown.example.com',
    `${mainIssuer.issuer}/`,
    'HTTPS://as.example.com',
    'https://as.example.com:443',
    '',
    'tenant-1',
    'https://throws.example.com/?query',
    'https://throws.example.com/#fragment',
    'https://user@throws.example.com',
    'javascript:alert(1)',
    `https://throws.example.com/${'a'.repeat(486)}`,
  ].map((iss) =>
    row(`a token of the unknown issuer ${iss.slice(0, 40)} of ${iss.length} characters is rejected`, naming(iss), {
      rejected: 'token_issuer',
    }),
  ),
  row('a list as iss is not looked up', at('one', { claims: { iss: ['https://throws.example.com'] } }), {
    rejected: 'token_issuer',
  }),
  row('a token without iss is not looked up', at('one', { claims: { iss: undefined } }), { rejected: 'token_issuer' }),
  row('an issuer of 512 characters is looked up', naming(`https://throws.example.com/${'a'.repeat(485)}`), noLookup),
  row(
    'a function as issuer that returns the settings of another issuer knows no issuer',
    naming('https://other.example.com'),
    {
      rejected: 'token_issuer',
    },
  ),
  ...['throws', 'rejects', 'null', 'true', 'a string', 'empty', 'misspelt', 'private', 'invalid'].map((name) =>
    row(
      `a function as issuer that returns or does ${name} is an outage`,
      naming(`https://${name.replace(' ', '-')}.example.com`),
      noLookup,
    ),
  ),
]

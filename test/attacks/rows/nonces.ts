import type { Mutation } from '../make.js'
import { nonceAt } from '../nonces.js'
import { nonceSecrets, now, type ProfileName, serviceNonces } from '../profiles.js'
import type { Expectation, NonceExpectation, Row } from '../row.js'
import { underProfile } from './invalid-requests.js'

/** A row whose proof has this nonce claim. */
const row = (
  name: string,
  nonce: unknown,
  expect: Expectation,
  { profile = 'nonce', ...mutation }: Mutation & { profile?: ProfileName } = {},
): Row => ({
  name,
  profile,
  request: async (make) => make.request(await withNonce(nonce, mutation)),
  expect,
})

/** The nonce may be a promise. */
async function withNonce(nonce: unknown, { proof, ...mutation }: Mutation = {}): Promise<Mutation> {
  return { ...mutation, proof: { ...proof, claims: { nonce: await nonce, ...proof?.claims } } }
}

const accepted: Expectation = { accepted: 'DPoP' }
const acceptedWithNewer: Expectation = { accepted: 'DPoP', nonce: 'sent' }
const missing: Expectation = { rejected: 'nonce_missing' }
const notAccepted: Expectation = { rejected: 'nonce_not_accepted' }

const unavailable: Expectation = { rejected: 'nonces_unavailable', nonce: 'withheld' }

/** A proof that is sent again after some time, when its nonce may have expired. */
const again = (
  name: string,
  nonce: unknown,
  later: number,
  expect: Expectation,
  { earlier = accepted, profile = 'nonce' }: { earlier?: Expectation; profile?: ProfileName } = {},
): Row => ({
  name,
  profile,
  async request(make) {
    const request = make.request(await withNonce(nonce, { claims: { exp: now + 3600 } }))
    return [request, { ...request, later }]
  },
  earlier,
  expect,
})

const none: Mutation = { authorization: [], dpop: [] }
const forged: Mutation = { dpop: ({ proof }) => `${proof.slice(0, -86)}${'A'.repeat(86)}` }

export const nonces: readonly Row[] = [
  // Good and bad nonces, RFC 9449 sections 4.3, 8 and 9.
  row('the newest nonce is accepted, and the answer has no nonce', nonceAt(0), accepted),
  row('the nonce of the step before is accepted, and the newest is sent', nonceAt(-60), acceptedWithNewer),
  row('the oldest second of the step before is accepted', nonceAt(-1), acceptedWithNewer),
  row('the nonce of an instance whose clock is a step ahead is accepted', nonceAt(60), acceptedWithNewer),
  row('a nonce of two steps before is not accepted', nonceAt(-120), notAccepted),
  row('the last second of two steps before is not accepted', nonceAt(-61), notAccepted),
  row('a nonce of two steps ahead is not accepted', nonceAt(120), notAccepted),
  row(
    'a nonce of a server with the same secret and another name is not accepted',
    nonceAt(0, { at: 'https://other.example.com' }),
    notAccepted,
  ),
  row(
    'a nonce of a path of this server is not accepted',
    nonceAt(0, { at: 'https://api.example.com/v1' }),
    notAccepted,
  ),
  row(
    'a nonce of a secret that is not in use is not accepted',
    nonceAt(0, { secrets: [nonceSecrets.removed] }),
    notAccepted,
  ),
  {
    name: 'a client that uses the nonce of the rejection is accepted',
    profile: 'nonce',
    request: async (make) => [make.request(), make.request(await withNonce(nonceAt(0)))],
    earlier: missing,
    expect: accepted,
  },
  {
    name: 'one nonce is good for several proofs of several clients',
    profile: 'nonce',
    request: async (make) => [make.request(await withNonce(nonceAt(0))), make.request(await withNonce(nonceAt(0)))],
    expect: accepted,
  },

  // Changing secrets.
  row('the nonce of the new secret is the newest', nonceAt(0, { secrets: [nonceSecrets.next] }), accepted, {
    profile: 'nonce, two secrets',
  }),
  row('a nonce of an old secret that is still listed is accepted', nonceAt(0), acceptedWithNewer, {
    profile: 'nonce, two secrets',
  }),
  row('a nonce of the step before, of an old secret, is accepted', nonceAt(-60), acceptedWithNewer, {
    profile: 'nonce, two secrets',
  }),
  row('an expired nonce of an old secret is not accepted', nonceAt(-61), notAccepted, {
    profile: 'nonce, two secrets',
  }),
  row('a nonce of a removed secret is not accepted', nonceAt(0, { secrets: [nonceSecrets.removed] }), notAccepted, {
    profile: 'nonce, two secrets',
  }),

  // The client's clock.
  ...[-3600, 3600].flatMap((skew) => {
    const clock = skew < 0 ? 'an hour behind' : 'an hour ahead'
    const proof = { claims: { iat: now + skew } }
    return [
      row(`with nonces, a client whose clock is ${clock} is accepted`, nonceAt(0), accepted, { proof }),
      row(`with both, a client whose clock is ${clock} learns of the newer nonce first`, nonceAt(-120), notAccepted, {
        proof,
        profile: 'nonce and iat',
      }),
    ]
  }),
  ...underProfile('nonce and iat', [
    'nonce-missing',
    'proof-hour-old',
    'proof-hour-ahead',
    'nonce-missing-hour-behind',
    'nonce-missing-hour-ahead',
  ]),
  row('with both, a good nonce and a good iat are accepted', nonceAt(0), accepted, { profile: 'nonce and iat' }),
  ...underProfile('nonce', ['proof-iat-missing', 'proof-exp-past', 'proof-nbf-ahead']),
  row('where nonces are off, a good nonce of another guard is ignored', nonceAt(0), accepted, { profile: 'dpop-only' }),
  row('where nonces are off, an old nonce is ignored', nonceAt(-3600), accepted, { profile: 'dpop-only' }),

  // How long a proof lives, and that it can be used once only.
  ...underProfile('nonce', ['proof-replayed']),
  again('a proof is used up in the last second of its nonce', nonceAt(0), 119, { rejected: 'proof_replayed' }),
  again('a proof that comes again after its nonce is not accepted', nonceAt(0), 120, notAccepted),
  again(
    'a proof is used up in the last second of an old nonce',
    nonceAt(-60),
    59,
    { rejected: 'proof_replayed' },
    {
      earlier: acceptedWithNewer,
    },
  ),
  again(
    'a proof is used up in the last second of a nonce from ahead',
    nonceAt(60),
    179,
    { rejected: 'proof_replayed' },
    {
      earlier: acceptedWithNewer,
    },
  ),
  again(
    'with both, a proof is used up in the last second of iat',
    nonceAt(0),
    60,
    { rejected: 'proof_replayed' },
    {
      profile: 'nonce and iat',
    },
  ),
  again(
    'with both, a proof is too old after that, even if its nonce is good',
    nonceAt(0),
    61,
    { rejected: 'proof_expired' },
    {
      profile: 'nonce and iat',
    },
  ),
  {
    name: 'a nonce that is used after its step is answered with the newest',
    profile: 'nonce',
    request: async (make) => make.request(await withNonce(nonceAt(0), { later: 60 })),
    expect: acceptedWithNewer,
  },
  {
    name: 'a proof that lacked a nonce burns no jti',
    profile: 'nonce',
    request: async (make) => [
      make.request({ proof: { jti: 'once' } }),
      make.request(await withNonce(nonceAt(0), { proof: { jti: 'once' } })),
    ],
    earlier: missing,
    expect: accepted,
  },
  {
    name: 'a jti with another nonce is still a replay',
    profile: 'nonce',
    request: async (make) => [
      make.request(await withNonce(nonceAt(0), { proof: { jti: 'once' } })),
      make.request(await withNonce(nonceAt(-60), { proof: { jti: 'once' } })),
    ],
    expect: { rejected: 'proof_replayed' },
  },
  // The nonce is checked before the replay store and the scopes.
  ...underProfile('nonce, store rejects', ['nonce-missing']),
  ...underProfile('nonce, scopes', ['faults-nonce-and-scope']),

  // Every rejection has the newest nonce.
  ...underProfile('nonce', [
    'credentials-missing',
    'authorization-basic',
    'authorization-missing',
    'token-in-query',
    'authorization-scheme-alone',
    'authorization-twice',
    'target-climbs',
    'hosts-two',
    'token-expired',
    'token-unbound',
    'proof-missing',
    'proof-missing-head',
    'proof-twice',
    'proof-signature-zeros',
    'proof-htu-other-host',
  ]),
  ...underProfile('nonce, bearer', [
    'authorization-bearer-and-dpop',
    'bearer-bound',
    'bearer-with-proof',
    'nonce-missing',
  ]),
  ...underProfile('nonce always', ['nonce-missing']),
  ...underProfile('nonce, scopes', ['scope-missing']),
  ...underProfile('nonce, scopes', ['scope-of-route-missing'], { scope: 'orders:read orders:write' }),
  ...underProfile('nonce, scopes', ['acr-missing'], { params: { acr_values: 'urn:example:mfa' } }),
  ...underProfile(
    'nonce, optional, route scopes',
    ['scope-missing', 'bearer-scope-one-of-two', 'credentials-missing'],
    { scope: 'orders:write' },
  ),
  {
    name: 'another origin may read the newest nonce',
    profile: 'nonce',
    request: (make) => make.request({ ...none, headers: ['Origin', 'https://app.example.net'] }),
    expect: { rejected: 'credentials_missing' },
  },
  row(
    'an outage of the replay store is answered with the newest nonce',
    nonceAt(0),
    { rejected: 'replay_store_unavailable' },
    {
      profile: 'nonce, store rejects',
    },
  ),
  row(
    'an outage of the issuer is answered with the newest nonce',
    nonceAt(0),
    { rejected: 'keys_unavailable' },
    {
      profile: 'nonce, issuer down',
    },
  ),

  // On success.
  row(
    'the newest nonce is sent once, with no-store in place of what the handler says of caching',
    nonceAt(-60),
    acceptedWithNewer,
    {
      profile: 'nonce and iat',
    },
  ),
  row('with an old nonce, HEAD gets the newest', nonceAt(-60), acceptedWithNewer, { method: 'HEAD' }),
  row('with an old nonce, another origin gets the newest', nonceAt(-60), acceptedWithNewer, {
    headers: ['Origin', 'https://app.example.net'],
  }),
  row(
    'with an old nonce, a route that requires a scope accepts the token, and the newest is sent',
    nonceAt(-60),
    acceptedWithNewer,
    {
      profile: 'nonce, scopes',
      claims: { acr: 'urn:example:mfa' },
    },
  ),
  ...(['sent', 'withheld'] as const).flatMap((nonce: NonceExpectation): Row[] => {
    const profile = nonce === 'sent' ? 'nonce always' : 'nonce, bearer'
    const when = nonce === 'sent' ? 'where nonces are always sent, ' : 'where newer nonces are sent, '
    return [
      row(`${when}a client that has the newest is accepted`, nonceAt(0), { accepted: 'DPoP', nonce }, { profile }),
      row(
        `${when}a Bearer token is accepted`,
        undefined,
        { accepted: 'Bearer', nonce },
        {
          profile,
          scheme: 'Bearer',
          dpop: [],
          claims: { cnf: undefined },
        },
      ),
      row(
        `${when}a request without credentials passes`,
        undefined,
        { accepted: 'anonymous', nonce },
        {
          profile,
          ...none,
        },
      ),
      row(`${when}an old nonce is accepted`, nonceAt(-60), acceptedWithNewer, { profile }),
    ]
  }),

  // A custom nonce service.
  row('the newest nonce of a service is accepted', serviceNonces.newest, accepted, { profile: 'nonce service' }),
  row('an older nonce of a service is answered with the newest', serviceNonces.older, acceptedWithNewer, {
    profile: 'nonce service',
  }),
  ...underProfile('nonce service', ['nonce-never-issued', 'nonce-missing', 'nonce-list']),
  ...underProfile('nonce service and iat', ['proof-61-seconds-old']),
  again(
    'a proof is remembered as long as the service says',
    serviceNonces.newest,
    300,
    { rejected: 'proof_replayed' },
    {
      profile: 'nonce service',
    },
  ),
  ...['throws', 'rejects', 'says-OK', 'says-nothing'].map((nonce) =>
    row(
      `a service that ${nonce.replace('-', ' ')} of a nonce is an outage`,
      nonce,
      { rejected: 'nonces_unavailable' },
      {
        profile: 'nonce service',
      },
    ),
  ),
  row(
    'a service that fails does not hide a forged signature',
    'throws',
    { rejected: 'proof_signature' },
    {
      profile: 'nonce service',
      ...forged,
    },
  ),
  ...(['nonce service rejects', 'nonce service throws', 'nonce service returns no nonce'] as const).flatMap(
    (profile) => [
      row(`${profile}: an outage for a good proof`, serviceNonces.newest, unavailable, { profile }),
      row(`${profile}: an outage without credentials too`, undefined, unavailable, { profile, ...none }),
    ],
  ),
]

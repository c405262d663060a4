import type { Make, Mutation } from '../make.js'
import { nonceAt } from '../nonces.js'
import { nonceSecrets, now, type ProfileName, serviceNonces } from '../profiles.js'
import type { Expectation, NonceExpectation, Row } from '../row.js'

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

/** A nonce may be on its way. */
async function withNonce(nonce: unknown, { proof, ...mutation }: Mutation = {}): Promise<Mutation> {
  return { ...mutation, proof: { ...proof, claims: { nonce: await nonce, ...proof?.claims } } }
}

const accepted: Expectation = { accepted: 'DPoP' }
const acceptedWithNewer: Expectation = { accepted: 'DPoP', nonce: 'sent' }
const missing: Expectation = { refused: 'nonce_missing' }
const notAccepted: Expectation = { refused: 'nonce_not_accepted' }

const unavailable: Expectation = { refused: 'nonces_unavailable', nonce: 'withheld' }

const flipCase = (text: string) =>
  text.replace(/[a-z]/gi, (letter) => (letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase()))

/** A proof that is sent once more after some time, when the nonce is still good, or is not any more. */
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

/** A request that is turned away for something else than its nonce: the answer has the newest one. */
const informed = (
  name: string,
  mutation: Mutation | ((make: Make) => Mutation),
  expect: Expectation,
  profile: ProfileName = 'nonce',
): Row => ({
  name: `the newest nonce is in the answer to ${name}`,
  profile,
  request: async (make) =>
    make.request(await withNonce(nonceAt(0), typeof mutation === 'function' ? mutation(make) : mutation)),
  expect,
})

const none: Mutation = { authorization: [], dpop: [] }
const forged: Mutation = { dpop: ({ proof }) => `${proof.slice(0, -86)}${'A'.repeat(86)}` }

export const nonces: readonly Row[] = [
  // Which nonces are good, RFC 9449 sections 4.3, 8 and 9.
  row('the newest nonce is accepted, and no other is sent', nonceAt(0), accepted),
  row('the nonce of the step before is accepted, and the newest is sent', nonceAt(-60), acceptedWithNewer),
  row('the oldest second of the step before is accepted', nonceAt(-1), acceptedWithNewer),
  row('the nonce of an instance whose clock is a step ahead is accepted', nonceAt(60), acceptedWithNewer),
  row('a nonce of two steps before is not accepted', nonceAt(-120), notAccepted),
  row('the last second of two steps before is not accepted', nonceAt(-61), notAccepted),
  row('a nonce of two steps ahead is not accepted', nonceAt(120), notAccepted),
  row('a proof without a nonce is told to have one', undefined, missing),
  row('a nonce that nobody issued is not accepted', 'never-issued', notAccepted),
  row('a forged nonce of the right length is not accepted', 'A'.repeat(32), notAccepted),
  row('a nonce in another case is not accepted', nonceAt(0).then(flipCase), notAccepted),
  row(
    'a nonce with one character more is not accepted',
    nonceAt(0).then((nonce) => `${nonce}A`),
    notAccepted,
  ),
  row(
    'a nonce with one character less is not accepted',
    nonceAt(0).then((nonce) => nonce.slice(0, -1)),
    notAccepted,
  ),
  row(
    'a nonce in white space is not accepted',
    nonceAt(0).then((nonce) => ` ${nonce} `),
    notAccepted,
  ),
  row(
    'two good nonces in one text are not accepted',
    nonceAt(0).then((nonce) => `${nonce},${nonce}`),
    notAccepted,
  ),
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
  ...Object.entries({
    'an empty nonce': '',
    'a nonce of a quote': '"',
    'a nonce of a backslash': '\\',
    'a nonce with a line end': 'nonce\r\nX-Injected: yes',
    'a nonce with a NUL': 'nonce\0',
    'a nonce beyond ASCII': '\u00e9\u00e9\u00e9',
    'half of a surrogate pair': '\ud800',
    'a nonce of four thousand characters': 'n'.repeat(4000),
    'a nonce null': null,
    'a nonce true': true,
    'a nonce as a number': 1,
    'a nonce as an object': { nonce: 'nonce' },
    'an empty list of nonces': [],
  }).map(([name, nonce]) => row(`${name} is not accepted`, nonce, notAccepted)),
  row(
    'a list with the newest nonce is not accepted',
    nonceAt(0).then((nonce) => [nonce]),
    notAccepted,
  ),
  {
    name: 'a nonce in the header of the proof is none',
    profile: 'nonce',
    request: async (make) => make.request({ proof: { header: { nonce: await nonceAt(0) } } }),
    expect: missing,
  },
  {
    name: 'a nonce in a header field is none',
    profile: 'nonce',
    request: async (make) => make.request({ headers: ['DPoP-Nonce', await nonceAt(0)] }),
    expect: missing,
  },
  {
    name: 'a nonce in the access token is none',
    profile: 'nonce',
    request: async (make) => make.request({ claims: { nonce: await nonceAt(0) } }),
    expect: missing,
  },
  {
    name: 'a client that does as it is told gets in',
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

  // What the client's clock is for.
  ...[-3600, 3600].flatMap((skew) => {
    const clock = skew < 0 ? 'an hour behind' : 'an hour ahead'
    const proof = { claims: { iat: now + skew } }
    const late = skew < 0 ? 'proof_expired' : 'proof_from_future'
    return [
      row(`with nonces, a client whose clock is ${clock} gets in`, nonceAt(0), accepted, { proof }),
      row(
        `with both, a client whose clock is ${clock} does not`,
        nonceAt(0),
        { refused: late },
        {
          proof,
          profile: 'nonce and iat',
        },
      ),
      row(`with nonces, a client whose clock is ${clock} learns of the nonce`, undefined, missing, { proof }),
      row(`with both, a client whose clock is ${clock} learns of the nonce first`, undefined, missing, {
        proof,
        profile: 'nonce and iat',
      }),
      row(`with both, a client whose clock is ${clock} learns of the newer nonce first`, nonceAt(-120), notAccepted, {
        proof,
        profile: 'nonce and iat',
      }),
    ]
  }),
  row('with both, a good nonce and a good iat are accepted', nonceAt(0), accepted, { profile: 'nonce and iat' }),
  row('with both, a good iat is not enough', undefined, missing, { profile: 'nonce and iat' }),
  row(
    'with nonces, iat is required all the same',
    nonceAt(0),
    { refused: 'proof_claims' },
    {
      proof: { claims: { iat: undefined } },
    },
  ),
  row(
    'with nonces, exp of the proof is honoured',
    nonceAt(0),
    { refused: 'proof_expired' },
    {
      proof: { claims: { exp: now - 60 } },
    },
  ),
  row(
    'with nonces, nbf of the proof is honoured',
    nonceAt(0),
    { refused: 'proof_from_future' },
    {
      proof: { claims: { nbf: now + 60 } },
    },
  ),
  row('where nonces are off, a good nonce of elsewhere is ignored', nonceAt(0), accepted, { profile: 'dpop-only' }),
  row('where nonces are off, an old nonce is ignored', nonceAt(-3600), accepted, { profile: 'dpop-only' }),

  // How long a proof lives, and that it is used once.
  again('a proof is used up while its nonce lives', nonceAt(0), 0, { refused: 'proof_replayed' }),
  again('a proof is used up in the last second of its nonce', nonceAt(0), 119, { refused: 'proof_replayed' }),
  again('a proof that comes again after its nonce is not accepted', nonceAt(0), 120, notAccepted),
  again(
    'a proof is used up in the last second of an old nonce',
    nonceAt(-60),
    59,
    { refused: 'proof_replayed' },
    {
      earlier: acceptedWithNewer,
    },
  ),
  again(
    'a proof is used up in the last second of a nonce from ahead',
    nonceAt(60),
    179,
    { refused: 'proof_replayed' },
    {
      earlier: acceptedWithNewer,
    },
  ),
  again(
    'with both, a proof is used up in the last second of iat',
    nonceAt(0),
    60,
    { refused: 'proof_replayed' },
    {
      profile: 'nonce and iat',
    },
  ),
  again(
    'with both, a proof is too old after that, whatever its nonce',
    nonceAt(0),
    61,
    { refused: 'proof_expired' },
    {
      profile: 'nonce and iat',
    },
  ),
  {
    name: 'a nonce that comes back after its step brings the newest',
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
    name: 'another nonce makes no other proof of one jti',
    profile: 'nonce',
    request: async (make) => [
      make.request(await withNonce(nonceAt(0), { proof: { jti: 'once' } })),
      make.request(await withNonce(nonceAt(-60), { proof: { jti: 'once' } })),
    ],
    expect: { refused: 'proof_replayed' },
  },
  {
    name: 'a bad nonce is told before a replay',
    profile: 'nonce',
    request: async (make) => [
      make.request(await withNonce(nonceAt(0), { proof: { jti: 'once' } })),
      make.request({ proof: { jti: 'once' } }),
    ],
    expect: missing,
  },

  // What is told first.
  row('the signature is looked at before the nonce', 'forged-too', { refused: 'proof_signature' }, forged),
  row('htm is looked at before the nonce', undefined, { refused: 'proof_htm' }, { proof: { method: 'POST' } }),
  row('htu is looked at before the nonce', undefined, { refused: 'proof_htu' }, { url: 'https://evil.example/' }),
  row('ath is looked at before the nonce', undefined, { refused: 'proof_ath' }, { proof: { accessToken: 'other' } }),
  row(
    'the token is looked at before the nonce',
    undefined,
    { refused: 'token_expired' },
    { claims: { exp: now - 60 } },
  ),
  row('the nonce is looked at before exp of the proof', undefined, missing, { proof: { claims: { exp: now - 60 } } }),
  row('the nonce is looked at before the replay store', undefined, missing, { profile: 'nonce, store rejects' }),
  row('the nonce is looked at before scopes', undefined, missing, { profile: 'nonce, scopes', claims: { scope: '' } }),

  // Every rejection brings the newest nonce.
  informed('a request without credentials', none, { refused: 'credentials_missing' }),
  informed('Basic', { authorization: 'Basic dXNlcjpwYXNz', dpop: [] }, { refused: 'scheme_unsupported' }),
  informed('a proof without a token', { authorization: [] }, { refused: 'proof_without_token' }),
  informed('a token in the query', { ...none, target: '/?access_token=x' }, { refused: 'token_in_query' }),
  informed('a malformed Authorization', { authorization: 'DPoP' }, { refused: 'authorization_malformed' }),
  informed('two Authorization fields', { authorization: ['DPoP a', 'DPoP b'] }, { refused: 'authorization_repeated' }),
  informed(
    'both schemes at once',
    { authorization: ['DPoP a', 'Bearer a'] },
    { refused: 'authorization_ambiguous' },
    'nonce, bearer',
  ),
  informed('a malformed target', { target: '/a/../b' }, { refused: 'target_malformed' }),
  informed('two Hosts', { host: ['a', 'b'] }, { refused: 'host_malformed' }),
  informed('an expired token', { claims: { exp: now - 60 } }, { refused: 'token_expired' }),
  informed('an unbound token', { claims: { cnf: undefined } }, { refused: 'token_unbound' }),
  informed('a token without a proof', { dpop: [] }, { refused: 'proof_missing' }),
  informed('two proofs', { dpop: ['a.b.c', 'a.b.c'] }, { refused: 'proof_repeated' }),
  informed('a forged signature', forged, { refused: 'proof_signature' }),
  informed('a proof for another URL', { url: 'https://evil.example/' }, { refused: 'proof_htu' }),
  informed('a HEAD request', { ...none, method: 'HEAD' }, { refused: 'credentials_missing' }),
  informed(
    'a request from another origin',
    { ...none, headers: ['Origin', 'https://app.example.net'] },
    { refused: 'credentials_missing' },
  ),
  informed(
    'a bound token as Bearer',
    { scheme: 'Bearer', dpop: [] },
    { refused: 'token_bound_as_bearer', in: 'Bearer' },
    'nonce, bearer',
  ),
  informed(
    'a Bearer token with a proof beside it',
    { scheme: 'Bearer', claims: { cnf: undefined } },
    { refused: 'bearer_with_proof', in: 'Bearer' },
    'nonce, bearer',
  ),
  informed(
    'a token without a scope',
    { claims: { scope: '' } },
    { refused: 'scope_insufficient', scope: 'orders:read' },
    'nonce, scopes',
  ),
  informed(
    "a token without the route's scope",
    { claims: { scope: 'orders:read' } },
    { refused: 'scope_insufficient', scope: 'orders:read orders:write' },
    'nonce, scopes',
  ),
  informed(
    'a user who has to authenticate better',
    { claims: { acr: '0' } },
    { refused: 'acr_insufficient', params: { acr_values: 'urn:example:mfa' } },
    'nonce, scopes',
  ),
  informed(
    'a request while the replay store is down',
    {},
    { refused: 'replay_store_unavailable' },
    'nonce, store rejects',
  ),
  informed('a request while the issuer is down', {}, { refused: 'keys_unavailable' }, 'nonce, issuer down'),
  informed(
    "a token without the route's scope, where Bearer is accepted too",
    { claims: { scope: '' } },
    { refused: 'scope_insufficient', scope: 'orders:write' },
    'nonce, optional, route scopes',
  ),
  informed(
    "a Bearer token without the route's scope",
    { scheme: 'Bearer', dpop: [], claims: { cnf: undefined, scope: '' } },
    { refused: 'scope_insufficient', in: 'Bearer', scope: 'orders:write' },
    'nonce, optional, route scopes',
  ),
  informed(
    'a caller without identity at a route that asks for a scope',
    none,
    { refused: 'credentials_missing', scope: 'orders:write' },
    'nonce, optional, route scopes',
  ),

  // On success.
  row('the newest nonce is sent along once, whatever the handler says of caching', nonceAt(-60), acceptedWithNewer, {
    profile: 'nonce and iat',
  }),
  row('with an old nonce, HEAD gets the newest', nonceAt(-60), acceptedWithNewer, { method: 'HEAD' }),
  row('with an old nonce, another origin gets the newest', nonceAt(-60), acceptedWithNewer, {
    headers: ['Origin', 'https://app.example.net'],
  }),
  row("with an old nonce, the route's scope lets pass and the newest is sent", nonceAt(-60), acceptedWithNewer, {
    profile: 'nonce, scopes',
    claims: { acr: 'urn:example:mfa' },
  }),
  ...(['sent', 'withheld'] as const).flatMap((nonce: NonceExpectation): Row[] => {
    const profile = nonce === 'sent' ? 'nonce always' : 'nonce, bearer'
    const when = nonce === 'sent' ? 'where nonces are always sent, ' : 'where newer nonces are sent, '
    return [
      row(`${when}a client that has the newest gets in`, nonceAt(0), { accepted: 'DPoP', nonce }, { profile }),
      row(
        `${when}a Bearer token gets in`,
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
      row(`${when}a missing nonce is told`, undefined, missing, { profile }),
    ]
  }),

  // A service of one's own.
  row('the newest nonce of a service is accepted', serviceNonces.newest, accepted, { profile: 'nonce service' }),
  row('an older nonce of a service brings the newest', serviceNonces.older, acceptedWithNewer, {
    profile: 'nonce service',
  }),
  row('a nonce that a service does not know is not accepted', 'never-issued', notAccepted, {
    profile: 'nonce service',
  }),
  row('a service is not asked about a missing nonce', undefined, missing, { profile: 'nonce service' }),
  row('a service is not asked about a nonce that is no text', [serviceNonces.newest], notAccepted, {
    profile: 'nonce service',
  }),
  row(
    'with both, a nonce of a service does not help an old proof',
    serviceNonces.newest,
    { refused: 'proof_expired' },
    {
      profile: 'nonce service and iat',
      proof: { claims: { iat: now - 61 } },
    },
  ),
  again(
    'a proof is remembered as long as the service says',
    serviceNonces.newest,
    300,
    { refused: 'proof_replayed' },
    {
      profile: 'nonce service',
    },
  ),
  ...['throws', 'rejects', 'says-OK', 'says-nothing'].map((nonce) =>
    row(
      `a service that ${nonce.replace('-', ' ')} of a nonce is an outage`,
      nonce,
      { refused: 'nonces_unavailable' },
      {
        profile: 'nonce service',
      },
    ),
  ),
  row(
    'a service that fails is no matter to a forged signature',
    'throws',
    { refused: 'proof_signature' },
    {
      profile: 'nonce service',
      ...forged,
    },
  ),
  ...(['nonce service rejects', 'nonce service throws', 'nonce service gives no nonce'] as const).flatMap((profile) => [
    row(`${profile}: an outage for a good proof`, serviceNonces.newest, unavailable, { profile }),
    row(`${profile}: an outage without credentials too`, undefined, unavailable, { profile, ...none }),
  ]),
]

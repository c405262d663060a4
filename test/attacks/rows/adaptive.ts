import type { Mutation } from '../make.js'
import { nonceAt } from '../nonces.js'
import { now, type ProfileName } from '../profiles.js'
import type { Expectation, Row } from '../row.js'
import { underProfile } from './invalid-requests.js'

/** A proof whose `iat` differs from the server's time by so many seconds, with this nonce or none. */
const row = (
  name: string,
  { offset = 0, nonce, ...mutation }: Mutation & { offset?: number; nonce?: unknown },
  expect: Expectation,
  profile: ProfileName = 'adaptive nonces',
): Row => ({
  name: `with adaptive freshness, ${name}`,
  profile,
  async request(make) {
    const claims = { iat: now + offset, ...(nonce !== undefined && { nonce: await nonce }), ...mutation.proof?.claims }
    return make.request({ ...mutation, proof: { ...mutation.proof, claims } })
  },
  expect,
})

/** The same proof twice, the second time so many seconds later. */
const again = (name: string, parts: { offset?: number; nonce?: unknown }, later: number, expect: Expectation): Row => ({
  ...row(name, {}, expect),
  async request(make) {
    const claims = { iat: now + (parts.offset ?? 0), nonce: await parts.nonce }
    const request = make.request({ proof: { claims }, claims: { exp: now + 3600 } })
    return [request, { ...request, later }]
  },
  earlier: { accepted: 'DPoP' },
})

const accepted: Expectation = { accepted: 'DPoP', nonce: 'withheld' }
const needsNonce: Expectation = { rejected: 'iat_needs_nonce', nonce: 'sent' }
const notAccepted: Expectation = { rejected: 'nonce_not_accepted', nonce: 'sent' }
const hour = 3600
const newest = nonceAt(0)

export const adaptive: readonly Row[] = [
  // Without a nonce, `iat` decides.
  row('a good clock is enough, and the answer has no nonce', {}, accepted),
  row('an iat at the old end of the window is accepted', { offset: -60 }, accepted),
  row('an iat at the new end of the window is accepted', { offset: 30 }, accepted),
  row('an iat a second too old needs a nonce', { offset: -61 }, needsNonce),
  row('an iat a second too far ahead needs a nonce', { offset: 31 }, needsNonce),
  row('an iat of zero needs a nonce', { offset: -now }, needsNonce),
  row(
    'a wrong clock that also makes exp past needs a nonce',
    { offset: -hour, proof: { claims: { exp: now - hour + 60 } } },
    needsNonce,
  ),
  row(
    'a good iat does not help if exp is past',
    { proof: { claims: { exp: now - 60 } } },
    { rejected: 'proof_expired', nonce: 'withheld' },
  ),

  // With a nonce, only the nonce decides.
  row('a nonce is enough for a client an hour behind', { offset: -hour, nonce: newest }, accepted),
  row('a nonce is enough for a client an hour ahead', { offset: hour, nonce: newest }, accepted),
  row(
    'an older nonce is enough, and the newest is sent',
    { offset: hour, nonce: nonceAt(-60) },
    { accepted: 'DPoP', nonce: 'sent' },
  ),
  row('a good clock does not help a nonce that has expired', { nonce: nonceAt(-120) }, notAccepted),
  row('a good clock does not help a nonce that nobody issued', { nonce: 'never-issued' }, notAccepted),
  row('a good clock does not help an empty nonce', { nonce: '' }, notAccepted),
  row('a good clock does not help a nonce null', { nonce: null }, notAccepted),
  row('a good clock does not help a nonce as a number', { nonce: 1 }, notAccepted),
  row('a good clock does not help a list of the right nonce', { nonce: newest.then((value) => [value]) }, notAccepted),
  row(
    'a nonce does not help if exp is past',
    { nonce: newest, proof: { claims: { exp: now - 60 } } },
    { rejected: 'proof_expired', nonce: 'sent' },
  ),

  // Each proof once, by either road.
  again('a proof without a nonce is not accepted twice', {}, 0, { rejected: 'proof_replayed', nonce: 'withheld' }),
  again('a proof with a nonce is not accepted twice', { nonce: newest, offset: -hour }, 0, {
    rejected: 'proof_replayed',
    nonce: 'sent',
  }),
  again(
    'a proof of a client ahead does not get a second life when its iat comes',
    { nonce: newest, offset: hour },
    hour,
    {
      rejected: 'nonce_not_accepted',
      nonce: 'sent',
    },
  ),
  again('a proof without a nonce is not accepted after its time', {}, 61, needsNonce),

  // Nonces go only to clients that need one or sent one.
  ...underProfile('adaptive', ['credentials-missing', 'token-expired', 'proof-missing'], {
    nonce: 'withheld',
  }),
  row(
    'another fault of a client that sent no nonce gets none',
    { method: 'PUT', proof: { claims: { htm: 'GET' } } },
    { rejected: 'proof_htm', nonce: 'withheld' },
  ),
  row(
    'another fault of a client that sent a nonce gets the newest',
    { nonce: newest, method: 'PUT', proof: { claims: { htm: 'GET' } } },
    { rejected: 'proof_htm', nonce: 'sent' },
  ),
  row(
    'a missing scope of a client that sent a nonce gets the newest',
    { nonce: newest, claims: { scope: '' } },
    { rejected: 'scope_insufficient', scope: 'orders:write', nonce: 'sent' },
    'adaptive, route scopes',
  ),
  row(
    'a missing scope of a client with a good clock has no nonce',
    { claims: { scope: '' } },
    { rejected: 'scope_insufficient', scope: 'orders:write', nonce: 'withheld' },
    'adaptive, route scopes',
  ),
  row('a broken nonce service does not matter to a client with a good clock', {}, accepted, 'adaptive, service down'),
  row(
    'a broken nonce service is 503 for a client with a wrong clock',
    { offset: -hour },
    { rejected: 'nonces_unavailable', nonce: 'withheld' },
    'adaptive, service down',
  ),
  row(
    'a script of another origin may read the nonce',
    { offset: -hour, headers: ['Origin', 'https://app.example.net'] },
    needsNonce,
  ),
]

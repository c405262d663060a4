/** Rejected rows without a named invalid request, because they need more than a request. */
import { wireTable } from './expectations.js'
import type { Row } from './row.js'

interface Kind {
  /** What such a row needs in addition to a client. */
  reason: string
  has: (row: Row, topic: string) => boolean
  /** At least so many rows are of this kind and of no earlier kind. */
  rows: number
}

const inTopic =
  (...topics: readonly string[]): Kind['has'] =>
  (_row, topic) =>
    topics.includes(topic)

const underProfile =
  (...names: readonly Row['profile'][]): Kind['has'] =>
  ({ profile }) =>
    profile !== undefined && names.includes(profile)

export const unnamedKinds: readonly Kind[] = [
  {
    reason: 'a service behind the guard is down or answers nonsense: 503 for every request',
    has: ({ expect }) => 'rejected' in expect && wireTable[expect.rejected].status === 503,
    rows: 98,
  },
  {
    reason: "an opaque token, which needs the API's own function, introspection endpoint or list of revoked tokens",
    has: inTopic('access tokens that a function knows', 'introspection', 'revocation', 'token status lists'),
    rows: 87,
  },
  {
    reason: "the certificate of the client's connection, which a proxy sends in its own field",
    has: inTopic('certificates'),
    rows: 41,
  },
  {
    reason: 'a field of HTTP/2 only, which Node has checked before',
    has: inTopic(':authority'),
    rows: 9,
  },
  {
    reason: 'the part of an answer that a script of another origin may read; the request without its Origin has a name',
    has: (row, topic) => topic === 'CORS' || row.name.startsWith('another origin may read'),
    rows: 9,
  },
  {
    reason: 'a nonce of another time, secret or server, or a proof that is sent again later',
    has: inTopic('nonces', 'adaptive freshness'),
    rows: 34,
  },
  {
    reason: 'a second trusted issuer with settings of its own',
    has: underProfile('issuers', 'token algorithms'),
    rows: 4,
  },
  {
    reason: "the id of a key in the issuer's set that cannot verify",
    has: underProfile('issuer with bad keys'),
    rows: 3,
  },
  {
    reason: "the API's own function that finds scopes",
    has: underProfile('scopes elsewhere'),
    rows: 3,
  },
  {
    reason: "a tenant's host, or an issuer that only a function knows",
    has: inTopic('issuers of tenants'),
    rows: 20,
  },
  {
    reason: 'several tenants, whose public URLs only the server knows',
    has: underProfile('tenants'),
    rows: 4,
  },
  {
    reason: 'credentials of another scheme, which only some servers accept',
    has: underProfile(
      'optional, other schemes',
      'optional, other schemes, route scopes',
      'DPoP on this route, optional',
    ),
    rows: 45,
  },
  {
    reason: 'a route with every requirement there is',
    has: underProfile('every requirement'),
    rows: 4,
  },
  {
    reason: 'a key of ML-DSA, which not every runtime has',
    has: inTopic('ML-DSA'),
    rows: 90,
  },
]

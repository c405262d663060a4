/** Rejected rows that no invalid request can name, because a request alone does not make them. */
import { wireTable } from './expectations.js'
import type { Row } from './row.js'

interface Kind {
  /** What it takes besides a client. */
  reason: string
  has: (row: Row, topic: string) => boolean
  /** At least so many rows are of this kind, and of none before it. */
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
    reason: 'something that the guard asks is down or answers nonsense: 503, whatever the request',
    has: ({ expect }) => 'rejected' in expect && wireTable[expect.rejected].status === 503,
    rows: 75,
  },
  {
    reason: "what the API's own function, introspection endpoint or list says of a token that tells nothing itself",
    has: inTopic('access tokens that a function knows', 'introspection', 'revocation'),
    rows: 87,
  },
  {
    reason: "the certificate of the client's connection, as a proxy tells it in a way of its own",
    has: inTopic('certificates'),
    rows: 41,
  },
  {
    reason: 'a field of HTTP/2 alone, which Node has checked before',
    has: inTopic(':authority'),
    rows: 9,
  },
  {
    reason: 'what a script of another origin may read of an answer, to a request that has a name without its Origin',
    has: (row, topic) => topic === 'CORS' || row.name.startsWith('another origin may read'),
    rows: 9,
  },
  {
    reason: 'a nonce of another time, secret or server, or a proof that comes again after some time',
    has: inTopic('nonces'),
    rows: 19,
  },
  {
    reason: 'a second issuer that the guard trusts too, each in its own way',
    has: underProfile('issuers', 'token algorithms'),
    rows: 4,
  },
  {
    reason: "a key of the issuer's set that cannot verify, by its id",
    has: underProfile('issuer with bad keys'),
    rows: 3,
  },
  {
    reason: 'several tenants, of which the server alone knows the public URLs',
    has: underProfile('tenants'),
    rows: 4,
  },
  {
    reason: 'credentials of another way in, which only the server knows to accept',
    has: underProfile('optional, other schemes', 'optional, other schemes, route scopes'),
    rows: 44,
  },
]

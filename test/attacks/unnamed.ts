/** Refused rows that no breakage can name, for no request alone makes them. */
import { wireTable } from './expectations.js'
import type { Row } from './row.js'

interface Kind {
  /** Why a user's client cannot send it. */
  reason: string
  has: (row: Row, topic: string) => boolean
  /** How many rows are of this kind, and of none before it. */
  rows: number
}

const refusedFor = ({ expect }: Row) => ('refused' in expect ? expect.refused : undefined)
const profileOf = ({ profile = 'dpop-only' }: Row) => profile
const inTopic = (name: string) => (_: Row, topic: string) => topic === name

export const unnamedKinds: readonly Kind[] = [
  {
    reason: 'something behind the guard is down: the answer is 503, whatever the request',
    has: (row) => wireTable[refusedFor(row) ?? 'internal_error'].status === 503,
    rows: 75,
  },
  {
    reason: 'HTTP/2 alone has the field, and there it is the connection that refuses the rest',
    has: inTopic(':authority'),
    rows: 9,
  },
  {
    reason: "the certificate of the client's connection, which a server of one's own has to tell",
    has: inTopic('certificates'),
    rows: 43,
  },
  {
    reason: 'a preflight, or what a script may read of an answer',
    has: inTopic('CORS'),
    rows: 7,
  },
  { reason: 'a guard with other options', has: (row) => profileOf(row) !== 'dpop-only', rows: 432 },
  {
    reason: 'exact to the second, with a clock that stands still',
    has: (_row, topic) => ['time of the proof', 'replay', 'access token'].includes(topic),
    rows: 6,
  },
]

import { now } from '../profiles.js'
import type { Row } from '../row.js'

const rowsOf = (claims: Record<string, Record<string, unknown>>, profile?: Row['profile']) =>
  Object.entries(claims).map(
    ([name, changed]): Row => ({
      name,
      request: (make) => make.request({ proof: { claims: changed } }),
      expect: { accepted: 'DPoP' },
      ...(profile && { profile }),
    }),
  )

export const proofTime: readonly Row[] = [
  ...rowsOf({
    'a proof of 60 seconds ago is accepted': { iat: now - 60 },
    'a proof of 59.5 seconds ago is accepted': { iat: now - 59.5 },
    'a proof 30 seconds ahead is accepted': { iat: now + 30 },
    'a proof 10 seconds ahead is accepted': { iat: now + 10 },
    'exp that is ahead is accepted': { exp: now + 1 },
    'exp that passed within the tolerance is accepted': { exp: now - 29 },
    'nbf that is past is accepted': { nbf: now - 1 },
    'nbf that is ahead by the tolerance is accepted': { nbf: now + 30 },
  }),
  ...rowsOf({ 'a configured age is accepted': { iat: now - 300 } }, 'small proofs'),
]

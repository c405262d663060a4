import { now } from '../profiles.js'
import type { Row } from '../row.js'

const rowsOf = (expect: Row['expect'], claims: Record<string, Record<string, unknown>>, profile?: Row['profile']) =>
  Object.entries(claims).map(
    ([name, changed]): Row => ({
      name,
      request: (make) => make.request({ proof: { claims: changed } }),
      expect,
      ...(profile && { profile }),
    }),
  )

export const proofTime: readonly Row[] = [
  ...rowsOf(
    { accepted: 'DPoP' },
    {
      'a proof of 60 seconds ago is accepted': { iat: now - 60 },
      'a proof of 59.5 seconds ago is accepted': { iat: now - 59.5 },
      'a proof 30 seconds ahead is accepted': { iat: now + 30 },
      'a proof 10 seconds ahead is accepted': { iat: now + 10 },
      'exp that is ahead is accepted': { exp: now + 1 },
      'exp that passed within the tolerance is accepted': { exp: now - 29 },
      'nbf that is past is accepted': { nbf: now - 1 },
      'nbf that is ahead by the tolerance is accepted': { nbf: now + 30 },
    },
  ),
  ...rowsOf(
    { refused: 'proof_from_future' },
    { 'nbf ahead by more than the tolerance is honoured': { nbf: now + 31 } },
  ),
  ...rowsOf({ refused: 'proof_from_future' }, { 'a proof 31 seconds ahead is from the future': { iat: now + 31 } }),
  ...rowsOf({ refused: 'proof_from_future' }, { 'a proof 30.5 seconds ahead is from the future': { iat: now + 30.5 } }),
  ...rowsOf({ accepted: 'DPoP' }, { 'a configured age is accepted': { iat: now - 300 } }, 'small proofs'),
  ...rowsOf(
    { refused: 'proof_expired' },
    { 'more than the configured age is too old': { iat: now - 301 } },
    'small proofs',
  ),
  ...rowsOf(
    { refused: 'proof_from_future' },
    { 'one second ahead is too much where nothing is tolerated': { iat: now + 1 } },
    'small proofs',
  ),
]

import { now } from '../profiles.js'
import type { Row } from '../row.js'

/** Requests with several faults at once: what is looked at first is told, and nothing behind it. */
export const precedence: readonly Row[] = [
  {
    name: 'iat before a missing scope',
    profile: 'scopes',
    request: (make) => make.request({ claims: { scope: '' }, proof: { claims: { iat: now - 61 } } }),
    expect: { refused: 'proof_expired' },
  },
  {
    name: 'a replay before a missing scope',
    profile: 'scopes',
    request: (make) => [
      make.request({ proof: { jti: 'once' } }),
      make.request({ claims: { scope: '' }, proof: { jti: 'once' } }),
    ],
    expect: { refused: 'proof_replayed' },
  },
]

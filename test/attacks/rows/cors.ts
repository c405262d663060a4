import type { Mutation } from '../make.js'
import { now, type ProfileName } from '../profiles.js'
import type { Expectation, Row } from '../row.js'

const row = (name: string, mutation: Mutation, expect: Expectation, profile: ProfileName = 'dpop-only'): Row => ({
  name: `a script of another origin may read ${name}`,
  profile,
  request: (make) => make.request({ headers: ['Origin', 'https://app.example.com'], ...mutation }),
  expect,
})

export const cors: readonly Row[] = [
  row('the headers of a good answer', {}, { accepted: 'DPoP' }),
  row('the challenge without credentials', { authorization: [], dpop: [] }, { rejected: 'credentials_missing' }),
  row('the challenge for a bad proof', { dpop: 'rubbish' }, { rejected: 'proof_malformed' }),
  row('the challenge of a malformed request', { authorization: 'DPoP' }, { rejected: 'authorization_malformed' }),
  row('both challenges', { authorization: [], dpop: [] }, { rejected: 'credentials_missing' }, 'bearer'),
  row('an outage', {}, { rejected: 'replay_store_unavailable' }, 'store rejects'),
  row("the server's time, if a proof is too old", { proof: { claims: { iat: 1 } } }, { rejected: 'proof_expired' }),
  row(
    "the server's time, if a proof is from the future",
    { proof: { claims: { iat: now + 3600 } } },
    { rejected: 'proof_from_future' },
  ),
  row('a missing scope', { claims: { scope: '' } }, { rejected: 'scope_insufficient' }, 'scopes'),
  row(
    'a missing scope of a route',
    { claims: { scope: 'orders:read' } },
    { rejected: 'scope_insufficient', scope: 'orders:read orders:write' },
    'route scopes',
  ),
  row(
    'an answer to a request without a caller',
    { authorization: [], dpop: [] },
    { accepted: 'anonymous' },
    'optional',
  ),
  row('an answer to the origin null', { headers: ['Origin', 'null'] }, { accepted: 'DPoP' }),
  row(
    'an answer to an origin under a name in lower case',
    { headers: ['origin', 'https://x.example'] },
    { accepted: 'DPoP' },
  ),
  {
    name: 'a preflight without credentials is answered like any request',
    request: (make) =>
      make.request({
        method: 'OPTIONS',
        authorization: [],
        dpop: [],
        headers: ['Origin', 'https://app.example.com', 'Access-Control-Request-Headers', 'authorization, dpop'],
      }),
    expect: { rejected: 'credentials_missing' },
  },
]

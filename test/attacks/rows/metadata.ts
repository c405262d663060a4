import { now } from '../profiles.js'
import type { Row } from '../row.js'
import { underProfile } from './invalid-requests.js'

const maxAge = { params: { max_age: '300' } }

/** Every challenge names the document. The rest of a challenge is the same as without a document. */
export const metadata: readonly Row[] = [
  ...underProfile('metadata, resource with path', ['credentials-missing', 'token-as-bearer', 'scope-empty']),
  ...underProfile('metadata', ['credentials-missing', 'scope-empty'], { scope: 'orders:write' }),
  ...underProfile('metadata', [
    'authorization-basic',
    'authorization-twice',
    'authorization-bearer-and-dpop',
    'hosts-two',
    'token-expired',
    'bearer-bound',
    'proof-htm-other-method',
  ]),
  ...underProfile('metadata', ['auth-time-zero', 'bearer-auth-time-zero'], maxAge),
  {
    name: 'resource_metadata is not in an answer that has no challenge',
    profile: 'metadata',
    request: (make) => make.request({ claims: { auth_time: now } }),
    expect: { accepted: 'DPoP' },
  },
]

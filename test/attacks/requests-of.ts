import { invalidRequest } from '@dpop-guard/testing/invalid-requests'
import { Make, type WireRequest } from './make.js'
import { newestNonce } from './nonces.js'
import type { Profile } from './profiles.js'
import type { Row } from './row.js'

/** The requests of a row. The last one is the attack. */
export async function requestsOf({ request }: Row, profile: Profile): Promise<WireRequest[]> {
  const make = new Make(profile)
  if (typeof request === 'string') return make.invalid(invalidRequest(request), await newestNonce(profile, 0))
  return [await request(make)].flat()
}

/** Nonces as a client gets them: from an answer of a guard. */
import { createGuard, type NonceSecrets } from '@dpop-guard/core'
import { nonceSecrets, now, type Profile, resource, serviceNonces } from './profiles.js'

/** The nonce of another instance whose clock is so many seconds past `now`. */
export async function nonceAt(
  seconds: number,
  { secrets = [nonceSecrets.current], at = resource }: { secrets?: NonceSecrets['secrets']; at?: string } = {},
): Promise<string> {
  const guard = createGuard({
    issuer: 'https://as.example.com',
    resource: at,
    clock: () => now + seconds,
    freshness: 'nonce',
    nonce: { secrets },
  })
  const { headers } = await guard.check({ method: 'GET', target: '/', headers: [] })
  const nonce = headers['dpop-nonce']
  if (typeof nonce !== 'string') throw new Error('the answer has no nonce')
  return nonce
}

/** The nonce that a guard of this profile must send; undefined where nonces are off. */
export async function newestNonce({ options }: Profile, seconds: number): Promise<string | undefined> {
  const { freshness = 'iat', nonce } = options ?? {}
  if (freshness === 'iat' || nonce === undefined) return undefined
  return 'secrets' in nonce ? nonceAt(seconds, nonce) : serviceNonces.newest
}

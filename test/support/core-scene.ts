/** An issuer and a client for guards that are asked directly, without a server. */
import { createGuard, type Guard, type GuardOptions, type Verdict } from '@dpop-guard/core'
import { createProofClient, type ProofParts } from './proof-client.js'
import { createTestIssuer } from './test-issuer.js'

export const resource = 'https://api.example.com'

export interface CoreScene {
  /** Seconds since the epoch: the clock of every guard of this scene, and of the client. */
  time: number
  /** A guard for `resource`, or for another one. */
  guard(options?: Partial<GuardOptions>): Guard
  /** Asks with a good access token and a proof for `GET /orders`, which `parts` can change. */
  ask(guard: Guard, parts?: Partial<ProofParts>, headers?: readonly string[]): Promise<Verdict>
}

/** The token has no end within any test. */
const farAway = 9_000_000_000

export function createCoreScene({ time }: { time: number }): CoreScene {
  const { issuer, jwks, mint } = createTestIssuer()
  const client = createProofClient()
  const accessToken = mint({ now: 0, exp: farAway, cnf: { jkt: client.jkt } })
  const scene: CoreScene = {
    time,
    guard(options = {}) {
      const basics = { issuer: { issuer, jwks }, resource, audience: resource, clock: () => scene.time }
      return createGuard({ ...basics, ...options, credentials: 'required' })
    },
    ask(guard, parts = {}, headers = []) {
      const proof = client.proof({ method: 'GET', url: `${resource}/orders`, now: scene.time, accessToken, ...parts })
      return guard.check({
        method: 'GET',
        target: '/orders',
        headers: ['Authorization', `DPoP ${accessToken}`, 'DPoP', proof, ...headers],
      })
    },
  }
  return scene
}

/** The nonce that a verdict hands out. */
export function nonceOf({ headers }: Verdict): string | undefined {
  const nonce = headers['dpop-nonce']
  if (Array.isArray(nonce)) throw new Error('more than one nonce')
  return nonce as string | undefined
}

/** Several guards of one scene, and one long-lived token. */
import type { Guard, GuardOptions, Verdict } from '@dpop-guard/core'
import { createScene, resource } from './guard-scene.js'
import type { ProofParts } from './proof-client.js'

export { resource } from './guard-scene.js'

export interface CoreScene {
  /** Seconds since the epoch: the clock of every guard of this scene, and of the client. */
  time: number
  /** A guard for `resource`, or for another one. */
  guard(options?: Partial<GuardOptions>): Guard
  /** Asks with a good access token and a proof for `GET /orders`, which `parts` can change. */
  ask(guard: Guard, parts?: Partial<ProofParts>, headers?: readonly string[]): Promise<Verdict>
}

/** The token does not expire in any test. */
const farAway = 9_000_000_000

export function createCoreScene({ time }: { time: number }): CoreScene {
  const { clock, another, mint, request } = createScene()
  const accessToken = mint({ now: 0, exp: farAway })
  clock.now = time
  return {
    get time() {
      return clock.now
    },
    set time(seconds) {
      clock.now = seconds
    },
    guard: (options) => another({ audience: resource, ...options }) as Guard,
    ask: (guard, proof, headers) => guard.check(request({ accessToken, proof, headers })),
  }
}

/** The nonce of a verdict. */
export function nonceOf({ headers }: Verdict): string | undefined {
  const nonce = headers['dpop-nonce']
  if (Array.isArray(nonce)) throw new Error('more than one nonce')
  return nonce as string | undefined
}

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Awaitable } from '../awaitable.js'
import { CheckUnavailable } from '../check-failed.js'
import { loggable } from '../loggable-error.js'

/** Your own service that makes and checks nonces (RFC 9449 sections 8 and 9). */
export interface NonceService {
  /**
   * Returns the newest nonce: an unpredictable string of visible ASCII characters, without quotes and backslashes. The guard
   * calls it for nearly every request, also without credentials. So it must be cheap, and must not store anything for a call. If
   * it throws or rejects, the answer is 503.
   */
  issue(): string | Promise<string>
  /** Returns whether a client may use this nonce now. If it throws or rejects, the answer is 503. */
  check(nonce: string): boolean | Promise<boolean>
  /**
   * The longest time for which `check` accepts a nonce after it was issued. Seconds, 1 to 86400, default 3600. With
   * `freshness: 'nonce'`, used proofs are remembered for this time. If it is too short, a used proof is accepted again.
   */
  lifetimeSeconds?: number | undefined
}

/**
 * Nonces that the guard makes from secrets. Nothing is stored, and all processes with the same secrets accept the same nonces.
 */
export interface NonceSecrets {
  /**
   * Random secrets of 32 bytes or more. The first one makes nonces. Nonces of all of them are accepted. To rotate: add the new
   * secret at the end, later move it to the front, later remove the old one.
   */
  secrets: readonly (string | Uint8Array)[]
  /** A new nonce is made after this time. Each is accepted for one to two times as long. Seconds, 1 to 3600, default 60. */
  rotationSeconds?: number | undefined
}

/** Nonces of either kind, as the guard uses them. If a service fails, throws {@link CheckUnavailable}. */
export interface Nonces {
  /** The newest nonce. */
  issue(now: number): Awaitable<string>
  /** The longest time for which a nonce can be accepted after it was issued. */
  readonly lifetimeSeconds: number
  /** Whether `check` always returns the same end for one nonce. */
  readonly hasFixedEnd: boolean
  /** The newest nonce that is known without waiting. */
  newest(now: number): string | undefined
  /** The last second since the epoch at which a proof with this nonce can be accepted. Undefined if it cannot be accepted now. */
  check(nonce: string, now: number): Awaitable<number | undefined>
}

const nqchars = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** RFC 9449 section 8.1. */
export function isNonce(value: unknown): value is string {
  return typeof value === 'string' && nqchars.test(value)
}

export function serviceNonces(service: NonceService, lifetimeSeconds: number): Nonces {
  let newest: string | undefined
  const keep = (nonce: unknown) => {
    if (!isNonce(nonce)) throw loggable(new TypeError('issue() must return a nonce (RFC 9449 section 8.1)'))
    newest = nonce
    return nonce
  }
  return {
    lifetimeSeconds,
    hasFixedEnd: false,
    async issue() {
      try {
        return keep(await service.issue())
      } catch (error) {
        throw new CheckUnavailable('nonces_unavailable', error)
      }
    },
    newest() {
      try {
        const issued = service.issue()
        if (typeof issued === 'string') return keep(issued)
        // For the next call. If the service fails, the next request that depends on it reports that.
        issued.then(keep).catch(() => {})
      } catch {}
      return newest
    },
    async check(nonce, now) {
      if (!isNonce(nonce)) return undefined
      let accepted: unknown
      try {
        accepted = await service.check(nonce)
        if (typeof accepted !== 'boolean') throw loggable(new TypeError('check() must return a boolean'))
      } catch (error) {
        throw new CheckUnavailable('nonces_unavailable', error)
      }
      return accepted ? now + lifetimeSeconds : undefined
    },
  }
}

/** 192 bits: nobody can guess them, and they are short in a header. */
const nonceBytes = 24

/** The nonces of one time step: the newest, and all that are accepted. */
interface Step {
  readonly number: number
  readonly newest: string
  readonly accepted: readonly { readonly bytes: Buffer; readonly until: number }[]
}

/**
 * A nonce is a MAC of the number of a time step and the audience. So nothing is stored, and every process with the secret knows
 * it. The nonces of the previous and the next step are accepted too, because clocks of processes can differ. A nonce is accepted
 * for two steps at most.
 */
export class StatelessNonces implements Nonces {
  readonly hasFixedEnd = true
  readonly #secrets: readonly (string | Uint8Array)[]
  readonly #rotationSeconds: number
  readonly #audience: string
  #step: Step | undefined

  constructor(secrets: readonly (string | Uint8Array)[], rotationSeconds: number, audience: string) {
    this.#secrets = secrets
    this.#rotationSeconds = rotationSeconds
    this.#audience = audience
  }

  /** Two steps, plus one step by which another process can be ahead. */
  get lifetimeSeconds(): number {
    return 3 * this.#rotationSeconds
  }

  issue(now: number): string {
    return this.#at(now).newest
  }

  newest(now: number): string {
    return this.issue(now)
  }

  check(nonce: string, now: number): number | undefined {
    const received = Buffer.from(nonce, 'utf8')
    let until: number | undefined
    // Every candidate is compared, so that the time reveals nothing.
    for (const candidate of this.#at(now).accepted) {
      if (received.length === candidate.bytes.length && timingSafeEqual(received, candidate.bytes))
        until = candidate.until
    }
    return until
  }

  #at(now: number): Step {
    const number = Math.floor(now / this.#rotationSeconds)
    if (this.#step?.number !== number) this.#step = this.#makeStep(number)
    return this.#step
  }

  #makeStep(number: number): Step {
    const accepted = [number - 1, number, number + 1].flatMap((step) =>
      this.#secrets.map((secret) => ({
        bytes: Buffer.from(this.#mac(secret, step), 'utf8'),
        until: (step + 2) * this.#rotationSeconds,
      })),
    )
    const [current = ''] = this.#secrets
    return { number, newest: this.#mac(current, number), accepted }
  }

  #mac(secret: string | Uint8Array, step: number): string {
    const mac = createHmac('sha256', secret).update(`dpop-guard nonce\n${step}\n${this.#audience}`).digest()
    return mac.subarray(0, nonceBytes).toString('base64url')
  }
}

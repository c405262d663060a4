import { createHmac, timingSafeEqual } from 'node:crypto'
import { loggable } from '../loggable-error.js'

/** Nonces of your own making (RFC 9449 sections 8 and 9). */
export interface NonceService {
  /**
   * The newest nonce: 1 or more characters of %x21 / %x23-5B / %x5D-7E, unpredictable. Asked for nearly every request, those of
   * strangers too: it must be cheap, and store nothing for each call. Rejects when it cannot make one: 503.
   */
  issue(): string | Promise<string>
  /** Whether a client may use this nonce now. Rejects when it cannot know: 503. */
  check(nonce: string): boolean | Promise<boolean>
  /**
   * For how long `check` may accept a nonce after it was issued. Seconds, default 3600. Used proofs are remembered so long with
   * `freshness: 'nonce'`: too short a time here lets them in again.
   */
  lifetimeSeconds?: number | undefined
}

/** Nonces without state, the same in every process that has the secret. */
export interface NonceSecrets {
  /** The first makes nonces, all are accepted. 32 bytes or more each. To change one: add it last, then move it first, then drop the old. */
  secrets: readonly (string | Uint8Array)[]
  /** A nonce is accepted for one to two times this. Seconds, 1 to 3600, default 60. */
  rotationSeconds?: number | undefined
}

/** What the guard asks of nonces, whoever makes them. */
export interface Nonces {
  issue(now: number): string | Promise<string>
  /** For how long after it was issued a nonce can be accepted, at most. */
  readonly lifetimeSeconds: number
  /** Whether `check` returns the same end for one nonce whenever it is asked. */
  readonly hasFixedEnd: boolean
  /** The newest nonce as far as it is known without asking anybody. */
  newest(now: number): string | undefined
  /** Until when a proof with this nonce can be accepted, in seconds since the epoch; undefined when it cannot now. */
  check(nonce: string, now: number): number | undefined | Promise<number | undefined>
}

const nqchars = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** RFC 9449 section 8.1. */
export function isNonce(value: unknown): value is string {
  return typeof value === 'string' && nqchars.test(value)
}

export function serviceNonces(service: NonceService, lifetimeSeconds: number): Nonces {
  let newest: string | undefined
  const keep = (nonce: unknown) => {
    if (!isNonce(nonce)) throw loggable(new TypeError('issue() must give a nonce (RFC 9449 section 8.1)'))
    newest = nonce
    return nonce
  }
  return {
    lifetimeSeconds,
    hasFixedEnd: false,
    issue: async () => keep(await service.issue()),
    newest() {
      try {
        const issued = service.issue()
        if (typeof issued === 'string') return keep(issued)
        // For the next time. That a service fails is noticed where a request depends on it.
        issued.then(keep).catch(() => {})
      } catch {}
      return newest
    },
    async check(nonce, now) {
      if (!isNonce(nonce)) return undefined
      const accepted: unknown = await service.check(nonce)
      if (typeof accepted !== 'boolean') throw loggable(new TypeError('check() must give a boolean'))
      return accepted ? now + lifetimeSeconds : undefined
    },
  }
}

/** 192 bits: beyond guessing, and short in a header. */
const nonceBytes = 24

/** The nonces of one moment: the newest, and all that are accepted. */
interface Step {
  readonly number: number
  readonly newest: string
  readonly accepted: readonly { readonly bytes: Buffer; readonly until: number }[]
}

/**
 * A nonce is a MAC over the number of a time step and the audience it is for, so that nothing is stored and any process with
 * the secret knows it. The steps before and after the current one are accepted too: a nonce lives for two steps at most, and
 * clocks of processes may differ.
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

  /** Two steps, and the step that another process may be ahead. */
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
    const given = Buffer.from(nonce, 'utf8')
    let until: number | undefined
    // Every candidate is compared, so that the time taken tells nothing.
    for (const candidate of this.#at(now).accepted) {
      if (given.length === candidate.bytes.length && timingSafeEqual(given, candidate.bytes)) until = candidate.until
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

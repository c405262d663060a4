import { LRUCache } from 'lru-cache'
import type { Awaitable } from '../awaitable.js'
import { CheckUnavailable } from '../check-failed.js'
import { isWithinSeconds } from '../clock.js'
import { loggable } from '../loggable-error.js'
import { waitFor } from './time-budget.js'
import { isReachableIssuer } from './transport.js'
import type { JwtIssuer, JwtIssuers } from './unverified-token.js'

/** How long an identifier may be for the function to be asked. Characters. */
const maxIdentifierLength = 512

/** For how long the settings of an issuer are used before the function is asked again. Seconds. */
const knownSeconds = 300

/** For how long an identifier that the function does not know is rejected without asking. Seconds. */
const unknownSeconds = 30

/** How many identifiers that the function does not know are remembered. */
const maxUnknown = 10_000

/** How many identifiers that were not known before may be looked up at the same time. */
const maxLookups = 100

/** An issuer as the function returned it last. */
interface KnownIssuer {
  readonly issuer: JwtIssuer
  /** Its settings as a string. While they stay the same, its keys are kept. */
  readonly settings: string
  readonly askedAt: number
}

/** How the answers of the function are read and kept. */
export interface DirectoryPolicy {
  /** Undefined if the settings are those of another issuer. Throws a TypeError if they are not valid. */
  readonly read: (iss: string, settings: unknown, before: KnownSettings | undefined) => KnownSettings | undefined
  readonly maxIssuers: number
  readonly timeoutSeconds: number
}

export type KnownSettings = Pick<KnownIssuer, 'issuer' | 'settings'>

/**
 * Issuers that a function knows. Anyone can send a token that names any issuer, so the function is asked only for a valid
 * identifier, once for many requests, and for a limited number of unknown identifiers at a time. Unknown identifiers cannot push
 * known issuers out of memory, and cannot keep known issuers from being looked up.
 */
export class IssuerDirectory implements JwtIssuers {
  readonly #find: (iss: string) => unknown
  readonly #policy: DirectoryPolicy
  readonly #known: LRUCache<string, KnownIssuer>
  /** When the function said that it does not know the identifier. */
  readonly #unknown = new LRUCache<string, { readonly askedAt: number }>({ max: maxUnknown })
  readonly #lookups = new Map<string, Promise<JwtIssuer | undefined>>()
  #newLookups = 0
  #warnedOfOtherIssuer = false

  constructor(find: (iss: string) => unknown, policy: DirectoryPolicy) {
    this.#find = find
    this.#policy = policy
    this.#known = new LRUCache({ max: policy.maxIssuers })
  }

  /** Throws or rejects with CheckUnavailable if the function cannot say which issuer it is. */
  get(iss: string, now: number): Awaitable<JwtIssuer | undefined> {
    if (iss.length > maxIdentifierLength || !isReachableIssuer(iss, 'insecure-http') || !isNormal(iss)) return undefined
    const known = this.#known.get(iss)
    if (known !== undefined && isWithinSeconds(now, known.askedAt, knownSeconds)) return known.issuer
    const unknown = this.#unknown.get(iss)
    if (unknown !== undefined && isWithinSeconds(now, unknown.askedAt, unknownSeconds)) return undefined
    return this.#lookups.get(iss) ?? this.#startLookup(iss, now, known)
  }

  /** For operators: what a rejected `iss` was compared with. */
  keys(): readonly string[] {
    return ['an issuer whose settings issuer() returns']
  }

  #startLookup(iss: string, now: number, before: KnownIssuer | undefined): Promise<JwtIssuer | undefined> {
    const isNew = before === undefined
    if (isNew && this.#newLookups >= maxLookups) {
      throw unavailable(
        loggable(new Error(`issuer() is busy with ${maxLookups} identifiers that it was not asked for before`)),
      )
    }
    if (isNew) this.#newLookups++
    const lookup = this.#lookUp(iss, now, before).finally(() => {
      this.#lookups.delete(iss)
      if (isNew) this.#newLookups--
    })
    this.#lookups.set(iss, lookup)
    return lookup
  }

  async #lookUp(iss: string, now: number, before: KnownIssuer | undefined): Promise<JwtIssuer | undefined> {
    const found = await this.#ask(iss)
    const read = found === undefined ? undefined : this.#read(iss, found, before)
    if (read === undefined) {
      if (found !== undefined) this.#warnOfOtherIssuer()
      this.#known.delete(iss)
      this.#unknown.set(iss, { askedAt: now })
      return undefined
    }
    const issuer = { ...read.issuer, knownUntil: now + knownSeconds }
    this.#known.set(iss, { issuer, settings: read.settings, askedAt: now })
    this.#unknown.delete(iss)
    return issuer
  }

  async #ask(iss: string): Promise<unknown> {
    const signal = AbortSignal.timeout(Math.ceil(this.#policy.timeoutSeconds * 1000))
    try {
      return await waitFor(signal, async () => this.#find(iss))
    } catch (error) {
      throw unavailable(
        signal.aborted ? loggable(new Error('issuer() did not answer in time', { cause: error })) : error,
      )
    }
  }

  #read(iss: string, found: unknown, before: KnownSettings | undefined): KnownSettings | undefined {
    try {
      return this.#policy.read(iss, found, before)
    } catch (error) {
      // A TypeError about the settings shows no keys.
      throw unavailable(error instanceof TypeError ? loggable(error) : error)
    }
  }

  /** Once, and without the identifier, because strangers choose it. Events have it. */
  #warnOfOtherIssuer(): void {
    if (this.#warnedOfOtherIssuer) return
    this.#warnedOfOtherIssuer = true
    process.emitWarning(
      'dpop-guard: issuer() returned the settings of another issuer, so the token counts as one of an unknown issuer',
      { code: 'DPOP_GUARD_ISSUER' },
    )
  }
}

/**
 * Whether an identifier names the place that is fetched for it. For `https://as.example.com/a/../b` that would be another one, so
 * that the tenant at `/b` could speak for the tenant at `/a`. The slash after the host may be missing.
 */
function isNormal(iss: string): boolean {
  const { href } = new URL(iss)
  return href === iss || href === `${iss}/`
}

function unavailable(error: unknown): CheckUnavailable {
  return new CheckUnavailable('issuer_lookup_unavailable', error)
}

import { debuglog } from 'node:util'
import type { JWTVerifyGetKey } from 'jose'
import { CheckUnavailable } from '../check-failed.js'
import { isWithinSeconds } from '../clock.js'
import { isJsonObject } from '../encoding/json.js'
import { loggable } from '../loggable-error.js'
import { globalFetch } from './fetch.js'
import { fetchJson } from './fetch-json.js'
import { discoverEndpoint, type IssuerAddress } from './issuer-metadata.js'
import { IssuerWarnings } from './issuer-warnings.js'
import { describeSkipped, type KeySet, parseKeySet } from './key-set.js'
import { TimeBudget } from './time-budget.js'

/** An issuer's public keys at one moment. */
export interface IssuerKeys {
  /** Finds the key for a token's header. */
  readonly find: JWTVerifyGetKey
  /** The time until which these keys may be used, in seconds since the epoch. */
  readonly freshUntil: number
}

/** Where an issuer's keys come from. Both methods throw {@link CheckUnavailable} if the keys cannot be fetched. */
export interface KeySource {
  current(now: number): Promise<IssuerKeys>
  /**
   * For a token whose key is not in `known`: newer keys. Undefined if there are no newer keys, and they may not be fetched yet.
   */
  newerThan(known: IssuerKeys, now: number): Promise<IssuerKeys | undefined>
}

/** Keys from the options. They change only with the configuration. */
export function inlineKeys({ find }: KeySet): KeySource {
  const keys: IssuerKeys = { find, freshUntil: Number.POSITIVE_INFINITY }
  return {
    current: async () => keys,
    newerThan: async () => undefined,
  }
}

export interface KeySetTuning {
  readonly cacheSeconds: number
  readonly cooldownSeconds: number
  readonly timeoutSeconds: number
  readonly maxStaleSeconds: number
}

/** Where an issuer's keys are fetched. */
export interface KeysAddress extends IssuerAddress {
  /** Undefined if the issuer's metadata names it. */
  readonly jwksUri?: URL | undefined
}

interface Loaded extends IssuerKeys {
  readonly fetchedAt: number
}

/** At this part of its allowed age, a key set is fetched again in the background, so that no request has to wait. */
const refreshAhead = 0.8

const debug = debuglog('dpop-guard')

/**
 * An issuer's keys, fetched. There is one fetch at a time, and one fetch for all unknown key ids in each cooldown. After a
 * failure, the next fetch comes after 1, 2, 4 ... seconds, at most after the cooldown. Fetched keys are used for
 * `maxStaleSeconds` past their age, and no request waits in that time. Without such keys a request waits, at most
 * `timeoutSeconds`.
 */
export class RemoteKeys implements KeySource {
  readonly #address: KeysAddress
  readonly #tuning: KeySetTuning
  readonly #warnings = new IssuerWarnings()
  #loaded: Loaded | undefined
  #pending: Promise<Loaded> | undefined
  #askedForUnknownKeyAt: number | undefined
  #failure: { readonly count: number; readonly at: number; readonly error: unknown } | undefined

  constructor(address: KeysAddress, tuning: KeySetTuning) {
    this.#address = address
    this.#tuning = tuning
  }

  async current(now: number): Promise<IssuerKeys> {
    const loaded = this.#loaded
    const { cacheSeconds, maxStaleSeconds } = this.#tuning
    if (loaded === undefined || !isWithinSeconds(now, loaded.fetchedAt, cacheSeconds + maxStaleSeconds)) {
      if (this.#isBackingOff(now)) throw new CheckUnavailable('keys_unavailable', this.#failure?.error)
      return this.#loadFor(now)
    }
    if (!isWithinSeconds(now, loaded.fetchedAt, cacheSeconds * refreshAhead) && !this.#isBackingOff(now)) {
      // A failure here is remembered. It counts when a request needs newer keys.
      this.#load(now).catch(() => {})
    }
    return loaded
  }

  async newerThan(known: IssuerKeys, now: number): Promise<IssuerKeys | undefined> {
    if (this.#loaded !== known && this.#loaded !== undefined) return this.#loaded
    const { cooldownSeconds } = this.#tuning
    if (this.#pending === undefined) {
      if (isWithinSeconds(now, this.#askedForUnknownKeyAt, cooldownSeconds) || this.#isBackingOff(now)) {
        if (this.#failure !== undefined) throw new CheckUnavailable('keys_unavailable', this.#failure.error)
        return undefined
      }
      this.#askedForUnknownKeyAt = now
    }
    return this.#loadFor(now)
  }

  #isBackingOff(now: number): boolean {
    if (this.#failure === undefined) return false
    const { count, at } = this.#failure
    return isWithinSeconds(now, at, Math.min(2 ** (count - 1), this.#tuning.cooldownSeconds))
  }

  /** For a request that cannot continue without these keys. */
  async #loadFor(now: number): Promise<IssuerKeys> {
    try {
      return await this.#load(now)
    } catch (error) {
      throw new CheckUnavailable('keys_unavailable', error)
    }
  }

  #load(now: number): Promise<Loaded> {
    this.#pending ??= this.#fetch(now).finally(() => {
      this.#pending = undefined
    })
    return this.#pending
  }

  async #fetch(now: number): Promise<Loaded> {
    const { timeoutSeconds, cacheSeconds } = this.#tuning
    const time = new TimeBudget(timeoutSeconds)
    try {
      const { fetch = globalFetch } = this.#address
      const uri = this.#address.jwksUri ?? (await this.#discover(time))
      const { find } = this.#read(uri, await fetchJson(uri, time.share(1), fetch))
      this.#loaded = { find, fetchedAt: now, freshUntil: now + cacheSeconds }
      this.#failure = undefined
      return this.#loaded
    } catch (error) {
      this.#failure = { count: (this.#failure?.count ?? 0) + 1, at: now, error }
      throw error
    }
  }

  async #discover(time: TimeBudget): Promise<URL> {
    const { endpoint, contradictions } = await discoverEndpoint(this.#address, 'jwks_uri', time, 1)
    this.#warnings.say(contradictions)
    return endpoint
  }

  /** A set without usable keys would reject every valid token, so it counts as an outage. */
  #read({ href }: URL, document: unknown): KeySet {
    const keySet = parseKeySet(isJsonObject(document) ? document.keys : undefined)
    const { usableKeys = 0, skipped = [] } = keySet ?? {}
    if (debug.enabled) debug('keys %j', { issuer: this.#address.issuer, usableKeys, skipped })
    const published = skipped.filter(({ why }) => why === 'not public')
    if (published.length > 0) {
      const places = published.map(({ index }) => `keys[${index}]`).join(', ')
      this.#warnings.say([`${href} publishes a private or symmetric key, which anyone can sign with: ${places}`])
    }
    if (keySet === undefined || usableKeys === 0) {
      const why = skipped.length === 0 ? 'has no keys' : `has no usable key: ${describeSkipped(skipped)}`
      throw loggable(new Error(`${href} ${why}`))
    }
    return keySet
  }
}

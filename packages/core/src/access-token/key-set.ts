import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { loggable } from '../loggable-error.js'
import { Unavailable } from '../refusal.js'
import { discoverEndpoint } from './discovery.js'
import { fetchJson } from './fetch-json.js'

/** An issuer's public keys at one moment. */
export interface KeySet {
  /** Finds the key for a token's header. */
  readonly find: JWTVerifyGetKey
  /** Until when these keys may be relied on, in seconds since the epoch. */
  readonly freshUntil: number
}

/** Where an issuer's keys come from. Both methods throw {@link Unavailable} when they cannot know. */
export interface KeySource {
  current(now: number): Promise<KeySet>
  /** A key set that came after `known`, for a token whose key is not in it; undefined if there is none and none may be fetched yet. */
  newerThan(known: KeySet, now: number): Promise<KeySet | undefined>
}

/** Keys that were given with the options. They change only with the configuration. */
export function inlineKeys(jwks: JSONWebKeySet): KeySource {
  const keySet: KeySet = { find: createLocalJWKSet(jwks), freshUntil: Number.POSITIVE_INFINITY }
  return {
    current: async () => keySet,
    newerThan: async () => undefined,
  }
}

export interface KeySetTuning {
  readonly cacheSeconds: number
  readonly cooldownSeconds: number
  readonly timeoutSeconds: number
  readonly maxStaleSeconds: number
}

interface Loaded extends KeySet {
  readonly fetchedAt: number
}

/** From this part of its age on, a key set is fetched anew beside the requests, so that none of them has to wait. */
const refreshAhead = 0.8

/**
 * An issuer's keys, fetched. One fetch at a time; one for unknown key ids in each cooldown, whatever ids arrive; after a
 * failure the next after 1, 2, 4 ... seconds, at most the cooldown. While the issuer is down, keys once fetched stay in use
 * for `maxStaleSeconds` past their age.
 */
export class RemoteKeys implements KeySource {
  readonly #issuer: string
  readonly #jwksUri: URL | undefined
  readonly #tuning: KeySetTuning
  #loaded: Loaded | undefined
  #pending: Promise<Loaded> | undefined
  #askedForUnknownKeyAt: number | undefined
  #failure: { readonly count: number; readonly at: number; readonly error: unknown } | undefined

  constructor(issuer: string, jwksUri: URL | undefined, tuning: KeySetTuning) {
    this.#issuer = issuer
    this.#jwksUri = jwksUri
    this.#tuning = tuning
  }

  async current(now: number): Promise<KeySet> {
    const loaded = this.#loaded
    const { cacheSeconds } = this.#tuning
    if (loaded !== undefined && isWithin(now, loaded.fetchedAt, cacheSeconds)) {
      if (!isWithin(now, loaded.fetchedAt, cacheSeconds * refreshAhead) && !this.#isBackingOff(now)) {
        // A failure here is remembered and counts when the keys are needed.
        this.#load(now).catch(() => {})
      }
      return loaded
    }
    if (this.#isBackingOff(now)) return this.#stale(now)
    try {
      return await this.#load(now)
    } catch {
      return this.#stale(now)
    }
  }

  async newerThan(known: KeySet, now: number): Promise<KeySet | undefined> {
    if (this.#loaded !== known && this.#loaded !== undefined) return this.#loaded
    const { cooldownSeconds } = this.#tuning
    if (this.#pending === undefined) {
      if (isWithin(now, this.#askedForUnknownKeyAt, cooldownSeconds) || this.#isBackingOff(now)) {
        if (this.#failure !== undefined) throw new Unavailable('keys_unavailable', this.#failure.error)
        return undefined
      }
      this.#askedForUnknownKeyAt = now
    }
    try {
      return await this.#load(now)
    } catch (error) {
      throw new Unavailable('keys_unavailable', error)
    }
  }

  #stale(now: number): KeySet {
    const { cacheSeconds, maxStaleSeconds } = this.#tuning
    if (this.#loaded !== undefined && isWithin(now, this.#loaded.fetchedAt, cacheSeconds + maxStaleSeconds)) {
      return this.#loaded
    }
    throw new Unavailable('keys_unavailable', this.#failure?.error)
  }

  #isBackingOff(now: number): boolean {
    if (this.#failure === undefined) return false
    const { count, at } = this.#failure
    return isWithin(now, at, Math.min(2 ** (count - 1), this.#tuning.cooldownSeconds))
  }

  #load(now: number): Promise<Loaded> {
    this.#pending ??= this.#fetch(now).finally(() => {
      this.#pending = undefined
    })
    return this.#pending
  }

  async #fetch(now: number): Promise<Loaded> {
    const { timeoutSeconds, cacheSeconds } = this.#tuning
    const signal = AbortSignal.timeout(timeoutSeconds * 1000)
    try {
      const uri = this.#jwksUri ?? (await discoverEndpoint(this.#issuer, 'jwks_uri', signal))
      const jwks = await fetchJson(uri, signal)
      this.#loaded = { find: createLocalJWKSet(requireKeys(jwks, uri)), fetchedAt: now, freshUntil: now + cacheSeconds }
      this.#failure = undefined
      return this.#loaded
    } catch (error) {
      this.#failure = { count: (this.#failure?.count ?? 0) + 1, at: now, error }
      throw error
    }
  }
}

/** A set without keys would turn every good token away, so it counts as an outage. */
function requireKeys(jwks: unknown, uri: URL): JSONWebKeySet {
  const { keys } = (jwks ?? {}) as Partial<JSONWebKeySet>
  if (!Array.isArray(keys) || keys.length === 0) throw loggable(new Error(`${uri.href} has no keys`))
  return jwks as JSONWebKeySet
}

/** False also when the clock was set back to before `start`. */
function isWithin(now: number, start: number | undefined, seconds: number): boolean {
  return start !== undefined && start <= now && now < start + seconds
}

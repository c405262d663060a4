import { LRUCache } from 'lru-cache'
import { CheckFailed } from '../check-failed.js'
import { type AccessToken, describeAccessToken } from './access-token.js'
import type { ScopesOf } from './scopes.js'
import type { AccessTokenVerifier, VerifiedToken } from './verifier.js'

/** Characters of a token, on average. An entry takes a few times the length of its token. */
const averageLength = 1600

/** One token may have 65,536 characters, however few are kept. */
const minTotalLength = 1024 * 1024

interface Entry {
  readonly accessToken: AccessToken
  readonly usableFrom: number
  readonly usableUntil: number
}

/**
 * Remembers valid tokens by their digest, so that a known token is not verified again. An entry ends when the token expires, or
 * when the keys that verified it are too old, so a withdrawn key stops working. A cached token is cheaper, and the answer is the
 * same. Invalid tokens are not remembered.
 */
export class TokenCache {
  readonly #verifier: AccessTokenVerifier
  readonly #scopesOf: ScopesOf | undefined
  /** Verifications that requests with the same token wait for, by its digest. */
  readonly #inFlight = new Map<string, Promise<Entry>>()
  readonly #cache: LRUCache<string, Entry>

  constructor(verifier: AccessTokenVerifier, maxTokens: number, scopesOf?: ScopesOf) {
    this.#verifier = verifier
    this.#scopesOf = scopesOf
    this.#cache = new LRUCache({ max: maxTokens, maxSize: Math.max(maxTokens * averageLength, minTotalLength) })
  }

  /** The token with this digest, if it was verified before and is still valid. `now` is in seconds since the epoch. */
  known(digest: string, now: number): AccessToken | undefined {
    const entry = this.#cache.get(digest)
    return entry !== undefined && isUsable(entry, now) ? entry.accessToken : undefined
  }

  /** Throws and rejects as the verifier does. It can throw at once, because a rejected promise costs more than a throw. */
  verify(token: string, digest: string, now: number): Promise<AccessToken> {
    const started = this.#inFlight.get(digest)
    if (started !== undefined) return this.#join(started, token, now)
    const verifying = this.#ask(token, now)
    if (this.#verifier.flights === 'shared') this.#inFlight.set(digest, verifying)
    return this.#remember(verifying, digest, token.length)
  }

  async #join(started: Promise<Entry>, token: string, now: number): Promise<AccessToken> {
    // The token is verified at the time of another request.
    const entry = await started.catch(unlessForTime)
    return entry !== undefined && isUsable(entry, now) ? entry.accessToken : (await this.#ask(token, now)).accessToken
  }

  #ask(token: string, now: number): Promise<Entry> {
    return describe(this.#verifier.verify(token, now), now, this.#scopesOf)
  }

  async #remember(verifying: Promise<Entry>, digest: string, size: number): Promise<AccessToken> {
    try {
      const entry = await verifying
      if (entry.usableFrom < entry.usableUntil) this.#cache.set(digest, entry, { size })
      return entry.accessToken
    } finally {
      this.#inFlight.delete(digest)
    }
  }
}

async function describe(
  verifying: Promise<VerifiedToken>,
  usableFrom: number,
  scopesOf: ScopesOf | undefined,
): Promise<Entry> {
  const verified = await verifying
  return { accessToken: describeAccessToken(verified, scopesOf), usableFrom, usableUntil: verified.usableUntil }
}

/** An entry is also unusable if the clock was set back, because the token's "nbf" may be in the future again. */
function isUsable({ usableFrom, usableUntil }: Entry, now: number): boolean {
  return usableFrom <= now && now < usableUntil
}

/** Passes on every failure but those that may not hold at another time. */
function unlessForTime(failure: unknown): undefined {
  const reason = CheckFailed.is(failure) ? failure.reason : undefined
  if (reason !== 'token_expired' && reason !== 'token_not_yet_valid') throw failure
}

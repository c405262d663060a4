/**
 * Remembers which proofs were used (RFC 9449 section 11.1). One atomic verb, so that of many simultaneous calls with one key
 * exactly one returns true. Check your own store with `@dpop-guard/core/replay-store-contract`.
 */
export interface ReplayStore {
  /**
   * True if `key` was absent and is now stored for `ttlSeconds`; false if it was there. Rejects (or throws) when it cannot know;
   * the guard then answers 503.
   *
   * @param key - 43 base64url characters: a digest of the key's thumbprint and the proof's `jti`.
   * @param ttlSeconds - a whole number of seconds, 1 or more; the key must not be forgotten before.
   */
  addIfAbsent(key: string, ttlSeconds: number): boolean | Promise<boolean>
}

/** The `code` of the error with which a store says that it is full, as opposed to broken. */
export const replayStoreFullCode = 'ERR_REPLAY_STORE_FULL'

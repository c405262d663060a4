/**
 * Remembers used proofs (RFC 9449 section 11.1). Its one operation must be atomic: if many calls with the same key run at the
 * same time, exactly one returns true. Test your own store with `@dpop-guard/core/replay-store-contract`.
 */
export interface ReplayStore {
  /**
   * Returns true if `key` was absent, and stores it for `ttlSeconds`. Returns false if it was there. If the store is broken, it
   * must throw or reject. The guard then answers 503.
   *
   * @param key - 43 base64url characters: a digest of the thumbprint of the proof's key and of its `jti`.
   * @param ttlSeconds - a whole number of seconds, 1 or more. The store must remember the key for at least this time.
   */
  addIfAbsent(key: string, ttlSeconds: number): boolean | Promise<boolean>
}

/** The `code` of the error that a full store throws. With this code, the reason of the 503 is `replay_store_full`. */
export const replayStoreFullCode = 'ERR_REPLAY_STORE_FULL'

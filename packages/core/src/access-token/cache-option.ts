import { readObjectOption, readWholeNumberOption } from '../option-readers.js'

/** How much a guard remembers, so that it need not import a key or verify a token again. */
export interface CacheOptions {
  /**
   * How many clients' keys are kept. 1 to 1,000,000, default 10,000. With more clients at the same time, each of their requests
   * imports its key again.
   */
  keys?: number | undefined
  /** How many verified access tokens are kept, as long as they are valid. 1 to 1,000,000, default 10,000. */
  tokens?: number | undefined
  /** With a function as `issuer`: how many of its issuers are kept, with their keys. 1 to 100,000, default 1,000. */
  issuers?: number | undefined
}

export interface CacheSizes {
  readonly keys: number
  readonly tokens: number
  readonly issuers: number
}

const range = { min: 1, max: 1_000_000 }

export function readCacheOption(value: unknown): CacheSizes {
  const { keys, tokens, issuers } =
    value === undefined
      ? {}
      : readObjectOption('cache', value, ['keys', 'tokens', 'issuers'] satisfies (keyof CacheOptions)[])
  return {
    keys: readWholeNumberOption('cache.keys', keys, 10_000, range),
    tokens: readWholeNumberOption('cache.tokens', tokens, 10_000, range),
    issuers: readWholeNumberOption('cache.issuers', issuers, 1000, { min: 1, max: 100_000 }),
  }
}

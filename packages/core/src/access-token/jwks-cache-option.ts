import { hiddenOption, readObjectOption, readSecondsOption } from '../option-readers.js'
import type { KeySetTuning } from './issuer-keys.js'

/** How an issuer's keys are fetched and kept. */
export interface JwksCacheOptions {
  /** For how long a fetched key set is used before it is fetched again. Seconds, 1 to 86400, default 600. */
  cacheSeconds?: number | undefined
  /** For tokens with an unknown key id, the guard fetches the keys at most once in this time. Seconds, 1 to 3600, default 30. */
  cooldownSeconds?: number | undefined
  /** A fetch that takes longer fails. Seconds, 0.1 to 60, default 5. */
  timeoutSeconds?: number | undefined
  /**
   * For how long after `cacheSeconds` a key set is still used while the issuer cannot be reached. Seconds, 0 to 86400, default
   * 3600.
   */
  maxStaleSeconds?: number | undefined
}

export function readJwksCacheOption(value: unknown): KeySetTuning {
  // Not shown: it may hold keys.
  if (typeof value === 'string') throw hiddenOption('jwksCache', 'an object of settings')
  const options =
    value === undefined
      ? {}
      : readObjectOption('jwksCache', value, [
          'cacheSeconds',
          'cooldownSeconds',
          'timeoutSeconds',
          'maxStaleSeconds',
        ] satisfies (keyof JwksCacheOptions)[])
  return {
    cacheSeconds: readSecondsOption('jwksCache.cacheSeconds', options.cacheSeconds, 600, { min: 1, max: 86_400 }),
    cooldownSeconds: readSecondsOption('jwksCache.cooldownSeconds', options.cooldownSeconds, 30, { min: 1, max: 3600 }),
    timeoutSeconds: readSecondsOption('jwksCache.timeoutSeconds', options.timeoutSeconds, 5, { min: 0.1, max: 60 }),
    maxStaleSeconds: readSecondsOption('jwksCache.maxStaleSeconds', options.maxStaleSeconds, 3600, {
      min: 0,
      max: 86_400,
    }),
  }
}

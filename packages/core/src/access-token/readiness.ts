import { loggable } from '../loggable-error.js'
import type { KeySource } from './issuer-keys.js'

/** The issuers whose keys the guard needs: all that are configured by name. */
export type NamedKeys = ReadonlyMap<string, { readonly keys: KeySource }>

/** Resolves when each issuer has keys that may be used now. Rejects with an AggregateError that names the issuers without keys. */
export async function waitForKeys(issuers: NamedKeys, now: number): Promise<void> {
  const errors: unknown[] = []
  const missing: string[] = []
  const waiting = Array.from(issuers, async ([issuer, { keys }]) => {
    try {
      await keys.current(now)
    } catch (error) {
      missing.push(issuer)
      // The keys say only that they are unavailable. Their cause says why.
      errors.push(error instanceof Error ? (error.cause ?? error) : error)
    }
  })
  await Promise.all(waiting)
  if (missing.length === 0) return
  throw loggable(new AggregateError(errors, `dpop-guard: the keys of ${missing.join(', ')} cannot be fetched`))
}

import { authorization } from './authorization.js'
import { binding } from './binding.js'
import type { Breakage } from './breakage.js'
import { host } from './host.js'
import { claims } from './proof-claims.js'
import { header } from './proof-header.js'
import { key } from './proof-key.js'
import { shape } from './proof-shape.js'
import { signature } from './proof-signature.js'
import { target } from './proof-target.js'
import { time } from './proof-time.js'
import { replay } from './replay.js'
import { token } from './token.js'

/**
 * Requests that are broken on purpose, by name, each with the answer of a guard with default options. The whole table is
 * dpop-guard's own: its test suite sends every one to every framework.
 *
 * An option that lets something in, or asks for more, changes some answers: `tokenTyp: 'any'` takes a token of typ JWT,
 * `freshness: 'nonce'` does not ask for the age.
 *
 * @example
 * for (const [name, broken] of Object.entries(breakages)) {
 *   const response = await client.fetch(url, { broken })
 *   assert.equal(response.status, broken.expected.status, name)
 * }
 */
export const breakages = {
  ...authorization,
  ...host,
  ...token,
  ...binding,
  ...shape,
  ...header,
  ...key,
  ...signature,
  ...claims,
  ...target,
  ...time,
  ...replay,
} as const satisfies Record<string, Breakage>

/** Names one of {@link breakages}. */
export type BreakageName = keyof typeof breakages

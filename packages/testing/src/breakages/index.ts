import { nearest } from '@dpop-guard/core/plugin'
import { authorization, earlyAuthorization } from './authorization.js'
import { bearer } from './bearer.js'
import { binding } from './binding.js'
import type { Breakage } from './breakage.js'
import { guardOptions } from './guard-options.js'
import { host } from './host.js'
import { nonce } from './nonce.js'
import { claims, earlyMethod } from './proof-claims.js'
import { header } from './proof-header.js'
import { key } from './proof-key.js'
import { earlyShape, shape } from './proof-shape.js'
import { signature } from './proof-signature.js'
import { target } from './proof-target.js'
import { time } from './proof-time.js'
import { publicUrls } from './public-url.js'
import { replay } from './replay.js'
import { earlyTarget, requestTarget } from './request-target.js'
import { scopes } from './scopes.js'
import { severalFaults } from './several-faults.js'
import { stepUp } from './step-up.js'
import { token } from './token.js'
import { tokenInForm } from './token-in-form.js'
import { tokenInQuery } from './token-in-query.js'
import { weakPoints } from './weak-points.js'

/**
 * Requests that are broken on purpose, by name, each with the answer of a guard with default options, in every framework. The
 * guard stands before every route. dpop-guard's own test suite sends each of them to every framework.
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
  ...tokenInQuery,
  ...requestTarget,
  ...host,
  ...token,
  ...binding,
  ...shape,
  ...header,
  ...key,
  ...weakPoints,
  ...signature,
  ...claims,
  ...target,
  ...time,
  ...replay,
  ...severalFaults,
} as const satisfies Record<string, Breakage>

/** More of them, by name, that not every API answers alike: what is special of each is in its {@link Traits}. */
export const conditionalBreakages = {
  ...bearer,
  ...tokenInForm,
  ...scopes,
  ...stepUp,
  ...nonce,
  ...guardOptions,
  ...publicUrls,
  ...earlyTarget,
  ...earlyMethod,
  ...earlyAuthorization,
  ...earlyShape,
} as const satisfies Record<string, Breakage>

/** Names one of {@link breakages}. */
export type BreakageName = keyof typeof breakages

/** Names one of {@link conditionalBreakages}. */
export type ConditionalBreakageName = keyof typeof conditionalBreakages

const named = { ...breakages, ...conditionalBreakages }

/** Throws a TypeError for what is no name, with the nearest that is one: all the names there are would be too long an answer. */
export function breakageNamed(name: BreakageName | ConditionalBreakageName): Breakage {
  if (Object.hasOwn(named, name)) return named[name]
  const near = nearest(name, Object.keys(named))
  const hint = near === undefined ? '' : `, did you mean "${near}"?`
  throw new TypeError(`dpop-guard: no breakage is named "${name}"${hint}`)
}

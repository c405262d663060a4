import { nearest } from '@dpop-guard/core/internal'
import { authorization, earlyAuthorization } from './authorization.js'
import { bearer } from './bearer.js'
import { binding } from './binding.js'
import { caller } from './caller.js'
import { guardOptions } from './guard-options.js'
import { host } from './host.js'
import type { InvalidRequest } from './invalid-request.js'
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
 * Requests that are invalid on purpose, by name. Every framework rejects each of them as its `expected` says, behind a guard
 * with default options that stands before every route. The test suite of dpop-guard sends each of them to every framework.
 *
 * An option that accepts more, or asks for more, changes some of the answers: `tokenTyp: 'any'` accepts a token of typ JWT, and
 * `freshness: 'nonce'` does not check the age.
 *
 * @example
 * for (const [name, invalid] of Object.entries(invalidRequests)) {
 *   const response = await client.fetch(url, { invalid })
 *   assert.equal(response.status, invalid.expected.status, name)
 * }
 */
export const invalidRequests: Readonly<Record<string, InvalidRequest>> = {
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
}

/** Invalid requests that not every API answers alike. {@link InvalidRequestTraits} of each say when the expected rejection comes. */
export const conditionalInvalidRequests: Readonly<Record<string, InvalidRequest>> = {
  ...bearer,
  ...tokenInForm,
  ...scopes,
  ...caller,
  ...stepUp,
  ...nonce,
  ...guardOptions,
  ...publicUrls,
  ...earlyTarget,
  ...earlyMethod,
  ...earlyAuthorization,
  ...earlyShape,
}

const byName: Readonly<Record<string, InvalidRequest>> = { ...invalidRequests, ...conditionalInvalidRequests }

/** The invalid request of this name, from both tables. Throws a TypeError for an unknown name, and suggests the nearest one. */
export function invalidRequest(name: string): InvalidRequest {
  const found = Object.hasOwn(byName, name) ? byName[name] : undefined
  if (found !== undefined) return found
  const near = nearest(name, Object.keys(byName))
  const hint = near === undefined ? '' : `, did you mean "${near}"?`
  throw new TypeError(`dpop-guard: no invalid request is named "${name}"${hint}`)
}

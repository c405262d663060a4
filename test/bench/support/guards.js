// @ts-check
import { createGuard } from '@dpop-guard/core'
import { issuerUrl, resourceUrl } from './credentials.js'
import { present } from './presentations.js'
import { inLanes } from './rounds.js'

/** @typedef {import('./presentations.js').Presentation} Presentation */

/** A guard with its defaults: the memory replay store is on. @param {import('./credentials.js').Issuer} issuer */
export function createGuardOf({ jwks }) {
  return createGuard({ issuer: { issuer: issuerUrl, jwks }, resource: resourceUrl })
}

/** @param {import('@dpop-guard/core').Guard} guard */
export function accepts(guard) {
  return async (/** @type {Presentation} */ { request }) => (await guard.check(request)).accepted
}

/**
 * A guard that has seen every grant before.
 *
 * @param {{ name: string, issuer: import('./credentials.js').Issuer, grants: readonly import('./presentations.js').Grant[], concurrency: number }} options
 * @returns {Promise<import('./rounds.js').Contender<Presentation>>}
 */
export async function warmGuard({ name, issuer, grants, concurrency }) {
  const run = inLanes(concurrency, accepts(createGuardOf(issuer)))
  await run(grants.map((grant) => present(grant)))
  return { name, run }
}

// @ts-check
import { createGuard, memoryReplayStore } from '@dpop-guard/core'
import { createClient, issuerUrl, resourceUrl } from './credentials.js'
import { present } from './presentations.js'
import { inLanes, inTurns, UnexpectedVerdict } from './rounds.js'

/** @typedef {import('@dpop-guard/core').Guard} Guard */
/** @typedef {Partial<Omit<import('@dpop-guard/core').GuardOptions, 'credentials'>>} GuardChanges */
/** @typedef {import('./credentials.js').Issuer} Issuer */
/** @typedef {import('./presentations.js').Grant} Grant */
/** @typedef {import('./presentations.js').Presentation} Presentation */
/** @typedef {import('./rounds.js').Contender<Presentation>} Contender */

/**
 * Has the default options, except `changes`. By default, all guards of a process share one memory of used proofs. These have one
 * each, because all contenders of a round get the same proofs.
 *
 * @param {Pick<Issuer, 'jwks'>} issuer
 * @param {GuardChanges} [changes]
 */
export function createGuardOf({ jwks }, changes) {
  const replayStore = memoryReplayStore()
  return createGuard({ issuer: { issuer: issuerUrl, jwks }, resource: resourceUrl, replayStore, ...changes })
}

/** @param {Guard} guard @param {Presentation} presentation */
async function accepts(guard, { request }) {
  return (await guard.check(request)).accepted
}

/**
 * A guard that has seen every grant before.
 *
 * @param {{ name: string, issuer: Issuer, grants: readonly Grant[], concurrency: number, changes?: GuardChanges }} options
 * @returns {Promise<Contender>}
 */
export async function warmGuard({ name, issuer, grants, concurrency, changes }) {
  const guard = createGuardOf(issuer, changes)
  const meet = inTurns((/** @type {Grant} */ grant) => accepts(guard, present(grant)))
  if ((await meet(grants)) !== grants.length) throw new UnexpectedVerdict(`${name} rejects a good request`)
  const check = (/** @type {Presentation} */ item) => accepts(guard, item)
  return { name, run: concurrency === 1 ? inTurns(check) : inLanes(concurrency, check) }
}

/**
 * Guards that know the issuer's key but no grant. The grants come in turn, so each lap has a new guard.
 *
 * @param {{ name: string, issuer: Issuer, grants: readonly Grant[], concurrency: number }} options
 * @returns {Contender}
 */
export function coldGuards({ name, issuer, grants, concurrency }) {
  const client = createClient('ES256')
  const newcomer = { client, accessToken: issuer.mintAccessToken(client.jkt) }
  /** @type {{ item: Presentation, guard: Guard }[]} */
  let pairs = []
  const check = (/** @type {{ item: Presentation, guard: Guard }} */ { item, guard }) => accepts(guard, item)
  const run = concurrency === 1 ? inTurns(check) : inLanes(concurrency, check)
  return {
    name,
    async prepare(items) {
      pairs = []
      for (let start = 0; start < items.length; start += grants.length) {
        const guard = createGuardOf(issuer)
        await accepts(guard, present(newcomer))
        pairs.push(...items.slice(start, start + grants.length).map((item) => ({ item, guard })))
      }
    },
    run: () => run(pairs),
  }
}

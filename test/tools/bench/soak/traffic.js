// @ts-check
// Clients that come and go, tokens that are replaced, proofs that are used once, and sometimes a proof that is used again.
import { createClient, createIssuer } from '../support/credentials.js'
import { present } from '../support/presentations.js'

/** @typedef {import('../support/presentations.js').Grant} Grant */
/** @typedef {{ request: import('../support/presentations.js').Request, expected: string }} Visit */

const grantCount = 2000
const tokenSeconds = 300
/** Checked at once. */
const batchSize = 64
/** Keeps the life of a grant at two minutes or less, which is shorter than its token's. */
const batchesForReplacement = 2
/** More clients than the guard remembers tokens and keys for. It sees them before the measurement. */
const clientsThatFillCaches = 11_000

/** @param {{ now: number }} clock - in seconds */
export function createTraffic(clock) {
  const issuer = createIssuer('ES256')
  const made = { clients: 0, tokens: 0, checks: 0 }
  let batches = 0

  function makeClient() {
    made.clients++
    return createClient()
  }

  /** @param {Grant['client']} client @returns {Grant} */
  function grantTo(client) {
    made.tokens++
    const claims = { iat: clock.now, exp: clock.now + tokenSeconds }
    return { client, accessToken: issuer.mintAccessToken(client.jkt, claims) }
  }

  /** The oldest come first. @type {Grant[]} */
  const grants = Array.from({ length: grantCount }, () => grantTo(makeClient()))

  /** Every second time the client stays, with a new token. */
  function replaceOldest() {
    const [oldest] = grants.splice(0, 1)
    const client = oldest !== undefined && made.tokens % 2 === 0 ? oldest.client : makeClient()
    grants.push(grantTo(client))
  }

  return {
    jwks: issuer.jwks,
    made,
    /**
     * The proofs in `first` are unused, and can be checked at the same time. The proof in `again` was in an earlier `first`.
     *
     * @returns {{ first: Visit[], again: Visit }}
     */
    takeBatch() {
      const filling = made.clients < clientsThatFillCaches
      if (filling) for (let count = 0; count < batchSize; count++) replaceOldest()
      else if (batches % batchesForReplacement === 0) replaceOldest()
      const first = Array.from({ length: batchSize }, (_, index) => {
        // Also the newest, so that every grant is seen.
        const grant = /** @type {Grant} */ (
          grants.at(filling ? -1 - index : (batches * batchSize + index) % grantCount)
        )
        return { request: present(grant, { claims: { iat: clock.now } }).request, expected: 'accepted' }
      })
      batches++
      made.checks += batchSize + 1
      const [used] = first
      return { first, again: { request: /** @type {Visit} */ (used).request, expected: 'proof_replayed' } }
    },
  }
}

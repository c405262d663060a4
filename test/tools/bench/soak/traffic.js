// @ts-check
// Clients that come and go, tokens that are replaced, proofs that are used once, and now and then one that is used again.
import { createClient, createIssuer } from '../support/credentials.js'
import { present } from '../support/presentations.js'

/** @typedef {import('../support/presentations.js').Grant} Grant */
/** @typedef {{ request: import('../support/presentations.js').Request, expected: string }} Visit */

const grantCount = 2000
const tokenSeconds = 300
/** Checked at once. */
const batchSize = 64
/** So that a grant lives for two minutes or less: less than its token. */
const batchesForReplacement = 2
/** More than the guard remembers of tokens and of keys: it has seen so many clients before anything is measured. */
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

  /** Every second time the client stays, and has a new token. */
  function replaceOldest() {
    const [oldest] = grants.splice(0, 1)
    const client = oldest !== undefined && made.tokens % 2 === 0 ? oldest.client : makeClient()
    grants.push(grantTo(client))
  }

  return {
    jwks: issuer.jwks,
    made,
    /**
     * The proofs of `first` are used for the first time, and can be checked at once; that of `again` was in there too.
     *
     * @returns {{ first: Visit[], again: Visit }}
     */
    takeBatch() {
      const filling = made.clients < clientsThatFillCaches
      if (filling) for (let count = 0; count < batchSize; count++) replaceOldest()
      else if (batches % batchesForReplacement === 0) replaceOldest()
      const first = Array.from({ length: batchSize }, (_, index) => {
        // The newest as well, so that every grant is seen.
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

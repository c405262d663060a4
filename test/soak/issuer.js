// @ts-check
// An authorization server on loopback that replaces its key all the time, as the documentation asks: a key is published
// before it is used, and stays until the tokens that it signed are gone.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createIssuer } from '../bench/support/credentials.js'

/** @typedef {Awaited<ReturnType<typeof startIssuer>>} RotatingIssuer */

/** Of the guards. Shorter than a rotation, so that none of them misses a key. */
export const keySetTuning = { cacheSeconds: 3, cooldownSeconds: 1 }
const rotationSeconds = 4

export async function startIssuer() {
  const keys = { oldest: createIssuer(), retired: createIssuer(), current: createIssuer(), next: createIssuer() }
  const server = createServer((request, response) => {
    const published = Object.values(keys).flatMap(({ jwks }) => jwks.keys)
    const document = request.url === '/jwks' ? { keys: published } : { issuer: url, jwks_uri: `${url}/jwks` }
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(document))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = /** @type {import('node:net').AddressInfo} */ (server.address())
  const url = `http://127.0.0.1:${address.port}`

  let rotations = 0
  /** Withdrawn for so long that no guard remembers it. @type {import('../bench/support/credentials.js').Issuer | undefined} */
  let forgotten
  const timer = setInterval(() => {
    const { oldest, retired, current, next } = keys
    Object.assign(keys, { oldest: retired, retired: current, current: next, next: createIssuer() })
    rotations++
    setTimeout(() => {
      forgotten = oldest
    }, keySetTuning.cacheSeconds * 1000).unref()
  }, rotationSeconds * 1000)

  /** @param {import('../bench/support/credentials.js').Issuer} issuer @param {string} jkt */
  const mintWith = (issuer, jkt) => issuer.mintAccessToken(jkt, { iss: url })
  const strange = createIssuer()

  return {
    url,
    /** How often a key was replaced. */
    get rotations() {
      return rotations
    },
    /** Good for two rotations at least. @param {string} jkt */
    mint: (jkt) => mintWith(keys.current, jkt),
    /** Signed with a key that nobody published. @param {string} jkt */
    mintStrange: (jkt) => mintWith(strange, jkt),
    /** Signed with a key that is not published any more; undefined where there is none yet. @param {string} jkt */
    mintForgotten: (jkt) => forgotten && mintWith(forgotten, jkt),
    async close() {
      clearInterval(timer)
      server.close()
      server.closeAllConnections()
    },
  }
}

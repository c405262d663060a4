// @ts-check
// An authorization server on loopback that often replaces its key, in the way of the documentation: a key is published before it
// is used, and stays published until its tokens have expired.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createIssuer } from '../bench/support/credentials.js'

/** @typedef {import('../bench/support/credentials.js').Issuer} Issuer */
/** @typedef {Awaited<ReturnType<typeof startIssuer>>} RotatingIssuer */

/** The `jwksCache` of the guards. */
export const keySetTuning = { cacheSeconds: 3, cooldownSeconds: 1 }
/** Longer than a guard keeps a key set, so that no guard misses a key. */
const rotationSeconds = 4
/** Rotations before a key is used, and after. More than needed, because a process may wait for seconds on a slow machine. */
const rotationsAhead = 2
const rotationsAfter = 5

export async function startIssuer() {
  /** The newest first. */
  const keys = Array.from({ length: rotationsAhead + 1 + rotationsAfter }, () => createIssuer())
  const currentKey = () => /** @type {Issuer} */ (keys[rotationsAhead])
  const server = createServer((request, response) => {
    const published = keys.flatMap(({ jwks }) => jwks.keys)
    const document = request.url === '/jwks' ? { keys: published } : { issuer: url, jwks_uri: `${url}/jwks` }
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(document))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = /** @type {import('node:net').AddressInfo} */ (server.address())
  const url = `http://127.0.0.1:${address.port}`

  let rotations = 0
  /** A key that was withdrawn so long ago that no guard remembers it. @type {Issuer | undefined} */
  let forgotten
  const timer = setInterval(() => {
    const withdrawn = keys.pop()
    keys.unshift(createIssuer())
    rotations++
    setTimeout(() => {
      forgotten = withdrawn
    }, keySetTuning.cacheSeconds * 1000).unref()
  }, rotationSeconds * 1000)

  /** @param {Issuer} issuer @param {string} jkt */
  const mintWith = (issuer, jkt) => issuer.mintAccessToken(jkt, { iss: url })
  const strange = createIssuer()

  return {
    url,
    /** How often the key was replaced. */
    get rotations() {
      return rotations
    },
    /** Makes a token that is valid for as many rotations as keys stay published. @param {string} jkt */
    mint: (jkt) => mintWith(currentKey(), jkt),
    /** Makes a token whose key was never published. @param {string} jkt */
    mintStrange: (jkt) => mintWith(strange, jkt),
    /** Makes a token whose key is no longer published; undefined before the first such key. @param {string} jkt */
    mintForgotten: (jkt) => forgotten && mintWith(forgotten, jkt),
    async close() {
      clearInterval(timer)
      server.close()
      server.closeAllConnections()
    },
  }
}

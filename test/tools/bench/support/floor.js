// @ts-check
// The minimum of a check: bare synchronous signature verifications, and the import of a new key.
import { createPublicKey, verify } from 'node:crypto'
import { algorithms } from './credentials.js'
import { inTurns } from './rounds.js'

/** @typedef {import('node:crypto').VerifyKeyObjectInput} VerifyKey */
/** @typedef {{ digest: string | null, input: Buffer, signature: Buffer }} Signed */

/**
 * @param {import('./credentials.js').Algorithm} algorithm
 * @param {string} compact
 * @returns {Signed}
 */
function readSigned(algorithm, compact) {
  const dot = compact.lastIndexOf('.')
  return {
    digest: algorithms[algorithm].digest ?? null,
    input: Buffer.from(compact.slice(0, dot)),
    signature: Buffer.from(compact.slice(dot + 1), 'base64url'),
  }
}

/** @param {import('./credentials.js').Jwk} jwk */
const importKey = (jwk) => createPublicKey({ key: jwk, format: 'jwk' })

/** @typedef {{ proof: Signed, key: VerifyKey }} WarmInput */

/** @param {WarmInput} input */
const verifies = ({ proof, key }) => holds(proof, key)
const verifyInTurns = inTurns(verifies)

/** @param {Signed} signed @param {VerifyKey} key */
const holds = ({ digest, input, signature }, key) => verify(digest, input, key, signature)

/**
 * One verification of each proof, with its key imported before. With `in turns`, each has its own turn of the event loop.
 *
 * @param {string} name
 * @param {'at once' | 'in turns'} [pace]
 * @returns {import('./rounds.js').Contender<import('./presentations.js').Presentation>}
 */
export function warmFloor(name, pace = 'at once') {
  /** @type {Map<string, VerifyKey>} */
  const keys = new Map()
  /** @type {WarmInput[]} */
  let inputs = []
  return {
    name,
    prepare(items) {
      inputs = items.map(({ client, proof }) => {
        const { options } = algorithms[client.algorithm]
        const key = keys.get(client.jkt) ?? { key: importKey(client.jwk), ...options }
        keys.set(client.jkt, key)
        return { proof: readSigned(client.algorithm, proof), key }
      })
    },
    run: () => (pace === 'in turns' ? verifyInTurns(inputs) : inputs.filter(verifies).length),
  }
}

/**
 * For each presentation, the import of its key and two verifications: of the proof and of the access token.
 *
 * @param {string} name
 * @param {import('./credentials.js').Issuer} issuer
 * @param {'at once' | 'in turns'} [pace]
 * @returns {import('./rounds.js').Contender<import('./presentations.js').Presentation>}
 */
export function coldFloor(name, issuer, pace = 'at once') {
  const [issuerJwk] = issuer.jwks.keys
  const issuerKey = { key: importKey(issuerJwk ?? {}), ...algorithms[issuer.algorithm].options }
  /** @typedef {{ jwk: import('./credentials.js').Jwk, options: object, proof: Signed, token: Signed }} ColdInput */
  const verifies = (/** @type {ColdInput} */ { jwk, options, proof, token }) =>
    holds(proof, { key: importKey(jwk), ...options }) && holds(token, issuerKey)
  const verifyInTurns = inTurns(verifies)
  /** @type {ColdInput[]} */
  let inputs = []
  return {
    name,
    prepare(items) {
      inputs = items.map(({ client: { algorithm, jwk }, proof, accessToken }) => ({
        jwk,
        options: algorithms[algorithm].options ?? {},
        proof: readSigned(algorithm, proof),
        token: readSigned(issuer.algorithm, accessToken),
      }))
    },
    run: () => (pace === 'in turns' ? verifyInTurns(inputs) : inputs.filter(verifies).length),
  }
}

// @ts-check
// The smallest possible check: it finds both headers, looks up token and key, parses and compares the claims, verifies the
// signature and remembers the proof. It has no strict parsing, bounds, reasons or options. Compare the guard with it, never use it.
import { createPublicKey, hash, verify } from 'node:crypto'
import { algorithms, resourceUrl } from './credentials.js'
import { inTurns } from './rounds.js'

/** @typedef {import('./presentations.js').Presentation} Presentation */
/** @typedef {import('node:crypto').VerifyKeyObjectInput} VerifyKey */

const maxAgeSeconds = 60

/** Its tokens and keys are known from the second time on. @param {string} name @returns {import('./rounds.js').Contender<Presentation>} */
export function leastCheck(name) {
  /** @type {Map<string, string>} The thumbprint that a token is bound to, by the token's digest. */
  const tokens = new Map()
  /** @type {Map<string, { digest: string | null, key: VerifyKey }>} By the encoded header of a proof. */
  const headers = new Map()
  const used = new Set()

  /** @param {Presentation} presentation */
  async function check({ client, request }) {
    const { method, target } = request
    const authorization = findHeader(request, 'authorization')
    const proof = findHeader(request, 'dpop')
    const tokenHash = hash('sha256', authorization.slice('DPoP '.length), 'base64url')
    const jkt = tokens.get(tokenHash) ?? client.jkt
    tokens.set(tokenHash, jkt)
    const [header = '', payload = '', signature = ''] = proof.split('.')
    const { digest, key } = headers.get(header) ?? importKey(client)
    headers.set(header, { digest, key })
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const input = Buffer.from(proof.slice(0, proof.lastIndexOf('.')), 'latin1')
    if (!verify(digest, input, key, Buffer.from(signature, 'base64url'))) return false
    const [path] = target.split('?', 1)
    const id = jkt + claims.jti
    if (used.has(id) || claims.htm !== method || claims.htu !== resourceUrl + path || claims.ath !== tokenHash)
      return false
    used.add(id)
    return Math.abs(Date.now() / 1000 - claims.iat) < maxAgeSeconds
  }

  return { name, run: inTurns(check) }
}

/** @param {Presentation['client']} client */
function importKey({ algorithm, jwk }) {
  const { digest = null, options } = algorithms[algorithm]
  return { digest, key: { key: createPublicKey({ key: jwk, format: 'jwk' }), ...options } }
}

/** @param {Presentation['request']} request @param {string} wanted */
function findHeader({ headers }, wanted) {
  const index = headers.findIndex((text, at) => at % 2 === 0 && text.toLowerCase() === wanted)
  return headers[index + 1] ?? ''
}

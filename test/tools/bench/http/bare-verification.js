// @ts-check
// A middleware that only verifies a proof's signature, with a key that it imports once. It shows the cost of a verification in a
// server, where sockets, parsers and frameworks run between two verifications.
import { createPublicKey, verify } from 'node:crypto'

/** @returns {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse, next: () => void) => void} */
export function bareVerification() {
  /** By the proof's header, which all proofs of one client share. @type {Map<string, import('node:crypto').VerifyKeyObjectInput>} */
  const keys = new Map()

  /** @param {string} header */
  function keyOf(header) {
    const known = keys.get(header)
    if (known !== undefined) return known
    const { jwk } = JSON.parse(Buffer.from(header, 'base64url').toString())
    const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: /** @type {const} */ ('ieee-p1363') }
    keys.set(header, key)
    return key
  }

  return ({ headers: { dpop } }, response, next) => {
    const proof = String(dpop)
    const end = proof.lastIndexOf('.')
    const signature = Buffer.from(proof.slice(end + 1), 'base64url')
    const key = keyOf(proof.slice(0, proof.indexOf('.')))
    if (verify('sha256', Buffer.from(proof.slice(0, end)), key, signature)) next()
    else response.writeHead(401).end()
  }
}

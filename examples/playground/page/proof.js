// @ts-check
import { decodeString, encodeBase64url, encodeString, randomString, sha256 } from './base64url.js'

/** @typedef {import('./key.js').Key} Key */
/** @typedef {{ method: string, url: string, token?: string | undefined, nonce?: string | undefined }} Purpose what a proof is for */
/** @typedef {{ header: Record<string, unknown>, claims: Record<string, unknown> }} Contents */

/**
 * A proof for one request (RFC 9449 section 4.2).
 *
 * @param {Key} key
 * @param {Purpose} purpose
 */
export async function makeProof(key, purpose) {
  return signProof(key, await draftProof(key, purpose))
}

/** The contents of a proof, not signed yet. @param {Key} key @param {Purpose} purpose @returns {Promise<Contents>} */
export async function draftProof({ jwk }, { method, url, token, nonce }) {
  const { origin, pathname } = new URL(url)
  return {
    header: { typ: 'dpop+jwt', alg: 'ES256', jwk },
    claims: {
      jti: randomString(),
      htm: method,
      htu: origin + pathname,
      iat: Math.floor(Date.now() / 1000),
      ...(token !== undefined && { ath: await sha256(token) }),
      ...(nonce !== undefined && { nonce }),
    },
  }
}

/** Signs any contents. @param {Pick<Key, 'privateKey'>} key @param {{ header: unknown, claims: unknown }} contents */
export async function signProof({ privateKey }, { header, claims }) {
  const input = `${encodeString(JSON.stringify(header))}.${encodeString(JSON.stringify(claims))}`
  const signature = await crypto.subtle.sign(
    { name: 'ECDSA', hash: 'SHA-256' },
    privateKey,
    new TextEncoder().encode(input),
  )
  return `${input}.${encodeBase64url(signature)}`
}

/** Whether a server still takes a proof by its time: a minute is usual. @param {string} proof */
export function isFresh(proof) {
  return Number(readJwt(proof).claims.iat) > Date.now() / 1000 - 50
}

/** The contents of a JWT. They are not verified: the receiver does that. @param {string} jwt @returns {Contents} */
export function readJwt(jwt) {
  const [header = '', claims = ''] = jwt.split('.')
  return { header: JSON.parse(decodeString(header)), claims: JSON.parse(decodeString(claims)) }
}

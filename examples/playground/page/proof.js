// @ts-check
import { decodeText, encodeBase64url, encodeText, randomText, sha256 } from './base64url.js'

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

/** What the proof says, before it is signed. @param {Key} key @param {Purpose} purpose @returns {Promise<Contents>} */
export async function draftProof({ jwk }, { method, url, token, nonce }) {
  const { origin, pathname } = new URL(url)
  return {
    header: { typ: 'dpop+jwt', alg: 'ES256', jwk },
    claims: {
      jti: randomText(),
      htm: method,
      htu: origin + pathname,
      iat: Math.floor(Date.now() / 1000),
      ...(token !== undefined && { ath: await sha256(token) }),
      ...(nonce !== undefined && { nonce }),
    },
  }
}

/** Signs whatever it is given. @param {Pick<Key, 'privateKey'>} key @param {{ header: unknown, claims: unknown }} contents */
export async function signProof({ privateKey }, { header, claims }) {
  const input = `${encodeText(JSON.stringify(header))}.${encodeText(JSON.stringify(claims))}`
  const signature = await crypto.subtle.sign(
    { name: 'ECDSA', hash: 'SHA-256' },
    privateKey,
    new TextEncoder().encode(input),
  )
  return `${input}.${encodeBase64url(signature)}`
}

/** The contents of a JWT, not verified: that is for those who receive it. @param {string} jwt @returns {Contents} */
export function readJwt(jwt) {
  const [header = '', claims = ''] = jwt.split('.')
  return { header: JSON.parse(decodeText(header)), claims: JSON.parse(decodeText(claims)) }
}

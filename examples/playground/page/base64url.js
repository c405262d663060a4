// @ts-check
/** @param {Uint8Array | ArrayBuffer} bytes */
export function encodeBase64url(bytes) {
  const binary = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** @param {string} value */
export function encodeString(value) {
  return encodeBase64url(new TextEncoder().encode(value))
}

/** @param {string} encoded */
export function decodeString(encoded) {
  const binary = atob(encoded.replaceAll('-', '+').replaceAll('_', '/'))
  return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)))
}

/** SHA-256 of a string, in base64url: thumbprints, `ath` and PKCE challenges. @param {string} value */
export async function sha256(value) {
  return encodeBase64url(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(value)))
}

export function randomString() {
  return encodeBase64url(crypto.getRandomValues(new Uint8Array(24)))
}

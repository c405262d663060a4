// @ts-check
/** @param {Uint8Array | ArrayBuffer} bytes */
export function encodeBase64url(bytes) {
  const binary = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** @param {string} text */
export function encodeText(text) {
  return encodeBase64url(new TextEncoder().encode(text))
}

/** @param {string} encoded */
export function decodeText(encoded) {
  const binary = atob(encoded.replaceAll('-', '+').replaceAll('_', '/'))
  return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)))
}

/** SHA-256 of a text, in base64url: thumbprints, `ath` and PKCE challenges are all this. @param {string} text */
export async function sha256(text) {
  return encodeBase64url(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
}

export function randomText() {
  return encodeBase64url(crypto.getRandomValues(new Uint8Array(24)))
}

// @ts-check
import { sha256 } from './base64url.js'

/** @typedef {{ crv: string, kty: string, x: string, y: string }} PublicJwk */
/** @typedef {{ privateKey: CryptoKey, jwk: PublicJwk, thumbprint: string }} Key */

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }

/** Makes a key. Scripts can sign with the private key, but cannot read it. */
export async function makeKey() {
  return describe(await generate())
}

/** Makes the client's key and stores it. */
export async function makeStoredKey() {
  const pair = await generate()
  await inStore('readwrite', (store) => store.put(pair, 'client'))
  return describe(pair)
}

/** The key of an earlier visit. @returns {Promise<Key | undefined>} */
export async function loadKey() {
  const pair = await inStore('readonly', (store) => store.get('client'))
  return pair && describe(pair)
}

export async function forgetKey() {
  await inStore('readwrite', (store) => store.delete('client'))
}

/** RFC 7638 section 3: the required members only, in order of their names, without white space. @param {PublicJwk} jwk */
export function canonicalJwk({ crv, kty, x, y }) {
  return JSON.stringify({ crv, kty, x, y })
}

function generate() {
  return crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
}

/** @param {CryptoKeyPair} pair @returns {Promise<Key>} */
async function describe({ privateKey, publicKey }) {
  const { crv = '', kty = '', x = '', y = '' } = await crypto.subtle.exportKey('jwk', publicKey)
  const jwk = { kty, crv, x, y }
  return { privateKey, jwk, thumbprint: await sha256(canonicalJwk(jwk)) }
}

/**
 * IndexedDB stores key objects as they are, so the private key cannot be exported later either.
 *
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest} act
 */
async function inStore(mode, act) {
  const opening = indexedDB.open('dpop-playground', 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore('keys')
  const database = await settled(opening)
  try {
    return await settled(act(database.transaction('keys', mode).objectStore('keys')))
  } finally {
    database.close()
  }
}

/** @template Result @param {IDBRequest<Result>} request @returns {Promise<Result>} */
function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

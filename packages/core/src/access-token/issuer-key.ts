import { createPublicKey, type JsonWebKey, KeyObject, webcrypto } from 'node:crypto'
import type { CryptoKey } from 'jose'
import type { VerificationKey } from '../proof/verify-signature.js'

/** Keys by the CryptoKey that jose imported. Jose keeps one for each key and algorithm. */
const known = new WeakMap<CryptoKey, VerificationKey>()

/** Converts an issuer's key to the form that verifies signatures. */
export async function verificationKey(key: CryptoKey): Promise<VerificationKey> {
  const before = known.get(key)
  if (before !== undefined) return before
  const keyObject = await toKeyObject(key)
  const bits = keyObject.asymmetricKeyDetails?.modulusLength
  const converted = { keyObject, modulusBytes: bits === undefined ? undefined : Math.ceil(bits / 8) }
  known.set(key, converted)
  return converted
}

/** Not every runtime has KeyObject.from. */
async function toKeyObject(key: CryptoKey): Promise<KeyObject> {
  if (typeof KeyObject.from === 'function') return KeyObject.from(key)
  const jwk = await webcrypto.subtle.exportKey('jwk', key)
  return createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' })
}

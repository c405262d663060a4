import { createPublicKey, type JsonWebKey, KeyObject, webcrypto } from 'node:crypto'
import { type CompactJWSHeaderParameters, type CryptoKey, errors } from 'jose'
import { CheckUnavailable } from '../check-failed.js'
import type { VerificationKey } from '../proof/verify-signature.js'
import type { IssuerKeys } from './issuer-keys.js'

type TokenHeader = Readonly<Record<string, unknown>>

/** The keys that jose chose by the `alg` and the `kid` of a header. Only keys of the issuer are kept, so there are few. */
const chosen = new WeakMap<IssuerKeys, Map<string, VerificationKey>>()

/** The only key that can have signed a token with this header, if it was found before. */
export function knownKey(keys: IssuerKeys, { alg, kid }: TokenHeader): VerificationKey | undefined {
  return typeof kid === 'string' ? chosen.get(keys)?.get(`${alg} ${kid}`) : undefined
}

/** The key is found by the header alone, so the other parts stay empty. */
const unsigned = { payload: '', signature: '' }

/** The issuer's keys that may have signed a token with this header. A header without a key id can fit several. */
export async function* findKeys(keys: IssuerKeys, header: TokenHeader): AsyncGenerator<VerificationKey> {
  try {
    // A key set has only public keys of WebCrypto.
    const found = (await keys.find(header as unknown as CompactJWSHeaderParameters, unsigned)) as CryptoKey
    const key = await verificationKey(found)
    if (typeof header.kid === 'string') {
      const ofIssuer = chosen.get(keys) ?? new Map<string, VerificationKey>()
      chosen.set(keys, ofIssuer.set(`${header.alg} ${header.kid}`, key))
    }
    yield key
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return
    // For example, a key that cannot be imported. The issuer must fix that.
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw new CheckUnavailable('keys_unavailable', error)
    for await (const key of error) yield await verificationKey(key)
  }
}

/** Keys by the CryptoKey that jose imported. Jose keeps one for each key and algorithm. */
const known = new WeakMap<CryptoKey, VerificationKey>()

/** Converts an issuer's key to the form that verifies signatures. */
async function verificationKey(key: CryptoKey): Promise<VerificationKey> {
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

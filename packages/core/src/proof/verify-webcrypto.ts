// Imported as `#verify` on workerd. Its own `verify` of node:crypto takes no key object with options, and rejects every RSASSA-PSS
// signature. So this is the same function over WebCrypto, and it always needs its callback.
import { constants, type KeyObject, type VerifyKeyObjectInput, type webcrypto } from 'node:crypto'

export const verifiesAtOnce: boolean = false

type Digest = 'sha256' | 'sha384' | 'sha512' | null

/** The two forms of one algorithm: to import a key, and to verify with it. */
interface Parameters {
  readonly name: string
  readonly hash?: string
  readonly namedCurve?: string
  readonly saltLength?: number
}

const saltLengths = { sha256: 32, sha384: 48, sha512: 64 } as const
const curves: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }

/** The keys of WebCrypto, by the key object and the algorithm. */
const imported = new WeakMap<KeyObject, Map<string, Promise<webcrypto.CryptoKey>>>()

/** Calls back with the result of the verification, or with an error if the key cannot be used. */
export function verify(
  digest: Digest,
  signed: Uint8Array<ArrayBuffer>,
  key: VerifyKeyObjectInput,
  signature: Uint8Array<ArrayBuffer>,
  callback: (error: Error | null, result: boolean) => void,
): void {
  verifyWithWebCrypto(digest, signed, key, signature).then(
    (result) => callback(null, result),
    (error: Error) => callback(error, false),
  )
}

async function verifyWithWebCrypto(
  digest: Digest,
  signed: Uint8Array<ArrayBuffer>,
  { key: keyObject, padding }: VerifyKeyObjectInput,
  signature: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const parameters = parametersOf(digest, keyObject, padding)
  const key = await importOnce(keyObject, parameters)
  return crypto.subtle.verify(parameters, key, signature, signed)
}

function parametersOf(digest: Digest, keyObject: KeyObject, padding: number | undefined): Parameters {
  if (digest === null) return { name: 'Ed25519' }
  const hash = digest.replace('sha', 'SHA-')
  const { namedCurve = '' } = keyObject.asymmetricKeyDetails ?? {}
  if (keyObject.asymmetricKeyType === 'ec') return { name: 'ECDSA', hash, namedCurve: curves[namedCurve] ?? '' }
  return padding === constants.RSA_PKCS1_PSS_PADDING
    ? { name: 'RSA-PSS', hash, saltLength: saltLengths[digest] }
    : { name: 'RSASSA-PKCS1-v1_5', hash }
}

function importOnce(keyObject: KeyObject, parameters: Parameters): Promise<webcrypto.CryptoKey> {
  const keys = imported.get(keyObject) ?? new Map<string, Promise<webcrypto.CryptoKey>>()
  imported.set(keyObject, keys)
  const id = `${parameters.name} ${parameters.hash}`
  const known = keys.get(id)
  if (known !== undefined) return known
  // Without the member "alg", which runtimes write in different ways.
  const { kty, crv, x, y, n, e } = keyObject.export({ format: 'jwk' })
  const members = Object.entries({ kty, crv, x, y, n, e }).filter(([, member]) => member !== undefined)
  const importing = crypto.subtle.importKey('jwk', Object.fromEntries(members), parameters, false, ['verify'])
  keys.set(id, importing)
  return importing
}

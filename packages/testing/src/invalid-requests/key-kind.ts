import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { copyKeyPair } from '../compact-jws.js'

type KeyKind = 'secp256k1' | 'Ed448'

/** Thrown while a request is made whose key this runtime cannot make. Bun has neither secp256k1 nor Ed448. */
export class KeyKindMissing extends Error {
  override readonly name = 'KeyKindMissing'
  readonly kind: KeyKind

  constructor(kind: KeyKind, options: ErrorOptions) {
    super(`dpop-guard: this request needs a key of ${kind}, which this runtime cannot make`, options)
    this.kind = kind
  }
}

/** Makes a key of a kind that the cryptography of some runtimes lacks. */
export function generateRareKey(kind: KeyKind): { publicKey: KeyObject; privateKey: KeyObject } {
  try {
    return copyKeyPair(
      kind === 'Ed448' ? generateKeyPairSync('ed448') : generateKeyPairSync('ec', { namedCurve: kind }),
    )
  } catch (cause) {
    throw new KeyKindMissing(kind, { cause })
  }
}

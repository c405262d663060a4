import type { KeyObject } from 'node:crypto'

/**
 * A JSON Web Key (RFC 7517). Written here, because the versions of `@types/node` do not agree on a name for it.
 */
export interface Jwk {
  kty?: string
  kid?: string
  alg?: string
  use?: string
  key_ops?: string[]
  crv?: string
  x?: string
  y?: string
  n?: string
  e?: string
  d?: string
  [member: string]: unknown
}

/** Both halves of a key. */
export interface KeyPair {
  privateKey: KeyObject
  publicKey: KeyObject
}

import { type KeyObject, verify } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { Refusal } from '../refusal.js'
import { proofAlgorithm } from './algorithms.js'
import { importEmbeddedKey } from './embedded-key.js'
import type { Proof } from './read-proof.js'

/** Imported keys by thumbprint. Importing a P-256 key costs as much as a verification. Never holds a proof's verdict. */
export type KeyCache = LRUCache<string, KeyObject>

const maxCachedKeys = 10_000

export function createKeyCache(): KeyCache {
  return new LRUCache({ max: maxCachedKeys })
}

/** RFC 9449 section 4.3, check 6: the signature verifies with the key that the proof carries. */
export async function verifySignature(proof: Proof, keys?: KeyCache): Promise<void> {
  const { digest, signatureBytes, verifyOptions } = proofAlgorithm(proof.algorithm)
  if (signatureBytes !== undefined && proof.signature.length !== signatureBytes) throw new Refusal('proof_signature')
  const key = keys?.get(proof.key.jkt) ?? importEmbeddedKey(proof.key)
  keys?.set(proof.key.jkt, key)
  const verified = await new Promise<boolean>((resolve) => {
    verify(digest, proof.signingInput, { key, ...verifyOptions }, proof.signature, (error, result) => {
      resolve(error === null && result)
    })
  })
  if (!verified) throw new Refusal('proof_signature')
}

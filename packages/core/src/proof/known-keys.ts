import { LRUCache } from 'lru-cache'
import type { ProofHeader } from './open-proof.js'

/** Characters of a header, on average. Most have about 300; with an RSA key, about 800. */
const averageLength = 800

/** One header may have a few thousand characters, however few are kept. */
const minTotalLength = 1024 * 1024

/**
 * Headers of proofs, one for each key, with the imported key. An import costs as much as a verification. The signature of such a
 * proof was verified, except for the first one of a key. Never holds a verdict. A client can change only the entry of its own key.
 */
export class KnownKeys {
  readonly #headers: LRUCache<string, ProofHeader>

  constructor(maxKeys: number) {
    this.#headers = new LRUCache({
      max: maxKeys,
      maxSize: Math.max(maxKeys * averageLength, minTotalLength),
      sizeCalculation: ({ text }) => text.length,
    })
  }

  get(jkt: string): ProofHeader | undefined {
    return this.#headers.get(jkt)
  }

  set({ text, algorithm, key }: ProofHeader): void {
    // A slice keeps the whole string in memory. A copy does not.
    const copy = Buffer.from(text, 'latin1').toString('latin1')
    this.#headers.set(key.jkt, { text: copy, algorithm, key })
  }
}

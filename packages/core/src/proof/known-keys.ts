import { LRUCache } from 'lru-cache'
import type { ProofHeader } from './open-proof.js'

const maxHeaders = 10_000

/** In characters of headers. Most have about 300; with an RSA key, about 800. */
const maxLength = 8 * 1024 * 1024

/**
 * Headers of proofs whose signature was verified, one for each key, with the imported key. An import costs as much as a
 * verification. Never holds a verdict. A client can change only the entry of its own key.
 */
export class KnownKeys {
  readonly #headers = new LRUCache<string, ProofHeader>({
    max: maxHeaders,
    maxSize: maxLength,
    sizeCalculation: ({ text }) => text.length,
  })

  get(jkt: string): ProofHeader | undefined {
    return this.#headers.get(jkt)
  }

  set({ text, algorithm, key }: ProofHeader): void {
    // A slice keeps the whole string in memory. A copy does not.
    const copy = Buffer.from(text, 'latin1').toString('latin1')
    this.#headers.set(key.jkt, { text: copy, algorithm, key })
  }
}

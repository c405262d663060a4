import { LRUCache } from 'lru-cache'
import type { ProofHeader } from './open-proof.js'

const maxHeaders = 10_000

/** In characters of headers. An ordinary one has 300, with an RSA key 800. */
const maxLength = 8 * 1024 * 1024

/**
 * Headers of proofs whose signature verified, one for each key, with the key imported: that costs as much as a verification.
 * Never holds a proof's verdict. A client can change only the entry of its own key.
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
    // A part of a text keeps the whole in memory; a copy does not.
    const copy = Buffer.from(text, 'latin1').toString('latin1')
    this.#headers.set(key.jkt, { text: copy, algorithm, key })
  }
}

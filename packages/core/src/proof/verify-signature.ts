import { verify } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { Refusal } from '../refusal.js'
import { type Algorithm, proofAlgorithm } from './algorithms.js'
import type { Proof } from './read-proof.js'

/** Of RSA keys, whose signatures are as long as their modulus: with one of more than 2048 bits, verifying takes longer. */
const quickSignatureBytes = 256

/**
 * Verifies the signatures of proofs, on the event loop or on a thread of libuv's pool. A thread helps only where there is a
 * second core and a queue, for handing the work over costs up to as much as doing it: so the first verification in a turn of
 * the event loop is done at once, further ones on threads. `test/bench/verify-placement.js` measures both.
 */
export class SignatureVerifier {
  readonly #threadsHelp = availableParallelism() > 1
  #isFirstInTurn = true

  /**
   * RFC 9449 section 4.3, check 6: the signature verifies with the key that the proof carries. Gives a promise where that is
   * done on a thread.
   */
  verify({ header, signingInput, signature }: Proof): Promise<void> | undefined {
    const { digest, signatureBytes, verification, verifyOptions } = proofAlgorithm(header.algorithm)
    if (signatureBytes !== undefined && signature.length !== signatureBytes) throw new Refusal('proof_signature')
    const key = { key: header.key.keyObject, ...verifyOptions }
    const isLarge = signatureBytes === undefined && signature.length > quickSignatureBytes
    if (!this.#takesThread(isLarge ? 'moderate' : verification)) {
      requireTrue(verify(digest, signingInput, key, signature))
      return undefined
    }
    return new Promise<boolean>((resolve) => {
      verify(digest, signingInput, key, signature, (error, result) => resolve(error === null && result))
    }).then(requireTrue)
  }

  #takesThread(verification: Algorithm['verification']): boolean {
    if (!this.#threadsHelp || verification === 'quick') return false
    if (verification === 'slow' || !this.#isFirstInTurn) return true
    this.#isFirstInTurn = false
    setImmediate(() => {
      this.#isFirstInTurn = true
    })
    return false
  }
}

function requireTrue(verified: boolean): void {
  if (!verified) throw new Refusal('proof_signature')
}

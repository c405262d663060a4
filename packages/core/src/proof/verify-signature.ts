import type { KeyObject, VerifyKeyObjectInput } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { verifiesAtOnce, verify } from '#verify'
import { CheckFailed } from '../check-failed.js'
import { type Algorithm, proofAlgorithm } from './algorithms.js'
import type { Proof } from './open-proof.js'
import { type BatchMember, joinBatch } from './verification-batch.js'

/** An RSA signature is as long as the modulus. Above 2048 bits, it takes longer to verify. */
const quickSignatureBytes = 256

const threadsHelp = availableParallelism() > 1

/** RFC 9449 section 4.3, check 6: the signature verifies with the key in the proof. Throws and rejects as {@link verifyJws} does. */
export function verifySignature({ header, signingInput, signature }: Proof): Promise<void> {
  return verifyJws(proofAlgorithm(header.algorithm), header.key, signingInput, signature, 'proof_signature')
}

/** A public key, and the length of its signatures if the key determines it (RFC 8017 sections 8.1.2 and 8.2.2). */
export interface VerificationKey {
  readonly keyObject: KeyObject
  readonly modulusBytes: number | undefined
}

/**
 * Verifies the signature of a proof or an access token. If it is invalid, throws or rejects with a {@link CheckFailed} with this
 * `reason`. Does NOT check that the key has the type that the algorithm needs.
 *
 * Waits for a batch. Its signatures are verified on the event loop, or on threads of libuv's pool. Moving the work to a thread
 * can cost as much as the work itself. So threads help only if there is a second core, and if other signatures wait. The last
 * signature of a batch is verified on the event loop, the others on threads. `test/tools/bench/verify-placement.js` measures
 * both.
 *
 * Not an async function, because each promise costs as much as several checks.
 */
export function verifyJws(
  { digest, signatureBytes, verification, verifyOptions }: Algorithm,
  verificationKey: VerificationKey,
  signingInput: string,
  signature: Buffer,
  reason: 'proof_signature' | 'token_signature',
): Promise<void> {
  // OpenSSL also accepts an RSASSA-PSS signature without its leading zero bytes.
  if (signature.length !== (signatureBytes ?? verificationKey.modulusBytes)) throw new CheckFailed(reason)
  const isLarge = signatureBytes === undefined && signature.length > quickSignatureBytes
  const placement = isLarge ? 'moderate' : verification
  const key = { key: verificationKey.keyObject, ...verifyOptions }
  const signed = Buffer.from(signingInput, 'latin1')
  return new Promise((resolve, reject) => {
    joinBatch(new Verification({ digest, signed, key, signature }, placement, reason, resolve, reject))
  })
}

interface Signed {
  readonly digest: Algorithm['digest']
  readonly signed: Buffer
  readonly key: VerifyKeyObjectInput
  readonly signature: Buffer
}

/** An object, because a new closure costs more when it is called. */
class Verification implements BatchMember {
  readonly #parts: Signed
  readonly #placement: Algorithm['verification']
  readonly #reason: 'proof_signature' | 'token_signature'
  readonly #resolve: () => void
  readonly #reject: (reason: unknown) => void

  constructor(
    parts: Signed,
    placement: Algorithm['verification'],
    reason: 'proof_signature' | 'token_signature',
    resolve: () => void,
    reject: (reason: unknown) => void,
  ) {
    this.#parts = parts
    this.#placement = placement
    this.#reason = reason
    this.#resolve = resolve
    this.#reject = reject
  }

  verify(isLast: boolean): void {
    const { digest, signed, key, signature } = this.#parts
    try {
      if (takesThread(this.#placement, isLast)) {
        verify(digest, signed, key, signature, (error, result) => this.#settle(error === null && result))
      } else this.#settle(verify(digest, signed, key, signature))
    } catch (error) {
      this.#reject(error)
    }
  }

  #settle(verified: boolean): void {
    if (verified) this.#resolve()
    else this.#reject(new CheckFailed(this.#reason))
  }
}

function takesThread(verification: Algorithm['verification'], isLast: boolean): boolean {
  if (!verifiesAtOnce) return true
  if (!threadsHelp || verification === 'quick') return false
  return verification === 'slow' || !isLast
}

import { type KeyObject, verify } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { CheckFailed } from '../check-failed.js'
import { type Algorithm, proofAlgorithm } from './algorithms.js'
import type { Proof } from './open-proof.js'
import { joinBatch } from './verification-batch.js'

/** RSA signatures are as long as the modulus. Beyond 2048 bits, verifying takes longer. */
const quickSignatureBytes = 256

const threadsHelp = availableParallelism() > 1

/** RFC 9449 section 4.3, check 6: the signature verifies with the key in the proof. */
export function verifySignature({ header, signingInput, signature }: Proof): Promise<void> {
  return verifyJws(proofAlgorithm(header.algorithm), header.key, signingInput, signature, 'proof_signature')
}

/** A public key, and the length of a signature where that follows from the key (RFC 8017 sections 8.1.2 and 8.2.2). */
export interface VerificationKey {
  readonly keyObject: KeyObject
  readonly modulusBytes: number | undefined
}

/**
 * Verifies the signature of a proof or of an access token. `reason` is the reason of the {@link CheckFailed} for any other
 * signature. Does NOT check that the key is of the type that the algorithm is pinned to.
 *
 * Waits for a batch, whose signatures are verified on the event loop or on threads of libuv's pool. Threads help only with a second
 * core and a queue, because moving the work can cost as much as doing it. So the last signature of a batch is verified on the event
 * loop, the others on threads. `test/tools/bench/verify-placement.js` measures both.
 */
export async function verifyJws(
  { digest, signatureBytes, verification, verifyOptions }: Algorithm,
  verificationKey: VerificationKey,
  signingInput: Buffer,
  signature: Buffer,
  reason: 'proof_signature' | 'token_signature',
): Promise<void> {
  // OpenSSL also accepts an RSASSA-PSS signature without its leading zero bytes.
  if (signature.length !== (signatureBytes ?? verificationKey.modulusBytes)) throw new CheckFailed(reason)
  const isLarge = signatureBytes === undefined && signature.length > quickSignatureBytes
  const key = { key: verificationKey.keyObject, ...verifyOptions }
  const isLast = await joinBatch()
  const verified = takesThread(isLarge ? 'moderate' : verification, isLast)
    ? await new Promise<boolean>((resolve) => {
        verify(digest, signingInput, key, signature, (error, result) => resolve(error === null && result))
      })
    : verify(digest, signingInput, key, signature)
  if (!verified) throw new CheckFailed(reason)
}

function takesThread(verification: Algorithm['verification'], isLast: boolean): boolean {
  if (!threadsHelp || verification === 'quick') return false
  return verification === 'slow' || !isLast
}

import { verify } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { CheckFailed } from '../check-failed.js'
import { type Algorithm, proofAlgorithm } from './algorithms.js'
import type { Proof } from './open-proof.js'
import { joinBatch } from './verification-batch.js'

/** RSA signatures are as long as the modulus. Beyond 2048 bits, verifying takes longer. */
const quickSignatureBytes = 256

const threadsHelp = availableParallelism() > 1

/**
 * RFC 9449 section 4.3, check 6: the signature verifies with the key in the proof.
 *
 * Waits for a batch, whose proofs are verified on the event loop or on threads of libuv's pool. Threads help only with a second
 * core and a queue, because moving the work can cost as much as doing it. So the last proof of a batch is verified on the event
 * loop, the others on threads. `test/tools/bench/verify-placement.js` measures both.
 */
export async function verifySignature({ header, signingInput, signature }: Proof): Promise<void> {
  const { digest, signatureBytes, verification, verifyOptions } = proofAlgorithm(header.algorithm)
  // OpenSSL also accepts an RSASSA-PSS signature without its leading zero bytes.
  if (signature.length !== (signatureBytes ?? header.key.modulusBytes)) throw new CheckFailed('proof_signature')
  const isLarge = signatureBytes === undefined && signature.length > quickSignatureBytes
  const key = { key: header.key.keyObject, ...verifyOptions }
  const isLast = await joinBatch()
  const verified = takesThread(isLarge ? 'moderate' : verification, isLast)
    ? await new Promise<boolean>((resolve) => {
        verify(digest, signingInput, key, signature, (error, result) => resolve(error === null && result))
      })
    : verify(digest, signingInput, key, signature)
  if (!verified) throw new CheckFailed('proof_signature')
}

function takesThread(verification: Algorithm['verification'], isLast: boolean): boolean {
  if (!threadsHelp || verification === 'quick') return false
  return verification === 'slow' || !isLast
}

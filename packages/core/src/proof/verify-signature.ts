import { verify } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { CheckFailed } from '../check-failed.js'
import { type Algorithm, proofAlgorithm } from './algorithms.js'
import type { Proof } from './open-proof.js'
import { joinBatch } from './verification-batch.js'

/** Of RSA keys, whose signatures are as long as their modulus: with one of more than 2048 bits, verifying takes longer. */
const quickSignatureBytes = 256

const threadsHelp = availableParallelism() > 1

/**
 * RFC 9449 section 4.3, check 6: the signature verifies with the key that the proof carries.
 *
 * Waits for a batch. The proofs of it are verified on the event loop or on threads of libuv's pool. These help only where there is
 * a second core and a queue, for handing the work over costs up to as much as doing it: so the last proof of a batch is verified
 * at once, those before it on threads. `test/tools/bench/verify-placement.js` measures both.
 */
export async function verifySignature({ header, signingInput, signature }: Proof): Promise<void> {
  const { digest, signatureBytes, verification, verifyOptions } = proofAlgorithm(header.algorithm)
  // OpenSSL takes an RSASSA-PSS signature whose first bytes are zero without these bytes too.
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

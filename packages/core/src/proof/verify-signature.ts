import { verify } from 'node:crypto'
import { availableParallelism } from 'node:os'
// From its module: test environments of browsers have no global one, and fake timers put another in its place.
import { setImmediate } from 'node:timers'
import { Refusal } from '../refusal.js'
import { type Algorithm, proofAlgorithm } from './algorithms.js'
import type { Proof } from './read-proof.js'

/** Of RSA keys, whose signatures are as long as their modulus: with one of more than 2048 bits, verifying takes longer. */
const quickSignatureBytes = 256
const threadsHelp = availableParallelism() > 1

/** Proofs that are verified in a row. */
interface Batch {
  readonly begun: Promise<void>
  readonly begin: () => void
  /** Proofs that wait for it. */
  waiting: number
  /** Of all kinds, that began since its first proof came. */
  checks: number
}

/** Some 5 ms of ES256 proofs. A turn can be much longer. */
const largestBatch = 64
/** One for all guards, for they share the turns of one event loop. */
let current: Batch | undefined

/**
 * RFC 9449 section 4.3, check 6: the signature verifies with the key that the proof carries.
 *
 * Waits for the end of this turn of the event loop, or for 64 checks. Then the proofs that came until then are verified in a row,
 * which a processor does much faster than each between a parser and a handler.
 *
 * That is done on the event loop or on threads of libuv's pool. They help only where there is a second core and a queue, for
 * handing the work over costs up to as much as doing it: so the last proof of a batch is verified at once, those before it on
 * threads. `test/bench/verify-placement.js` measures both.
 */
export async function verifySignature({ header, signingInput, signature }: Proof): Promise<void> {
  const { digest, signatureBytes, verification, verifyOptions } = proofAlgorithm(header.algorithm)
  if (signatureBytes !== undefined && signature.length !== signatureBytes) throw new Refusal('proof_signature')
  const isLarge = signatureBytes === undefined && signature.length > quickSignatureBytes
  const key = { key: header.key.keyObject, ...verifyOptions }
  const batch = joinBatch()
  await batch.begun
  batch.waiting -= 1
  const verified = takesThread(isLarge ? 'moderate' : verification, batch.waiting === 0)
    ? await new Promise<boolean>((resolve) => {
        verify(digest, signingInput, key, signature, (error, result) => resolve(error === null && result))
      })
    : verify(digest, signingInput, key, signature)
  if (!verified) throw new Refusal('proof_signature')
}

/** Every check calls this first: those that never get as far as a signature must not hold up the proofs that wait. */
export function noteCheck(): void {
  if (current === undefined) return
  current.checks += 1
  if (current.checks === largestBatch) current.begin()
}

function joinBatch(): Batch {
  current ??= openBatch()
  const batch = current
  batch.waiting += 1
  if (batch.waiting === largestBatch) batch.begin()
  return batch
}

function openBatch(): Batch {
  let begin = (): void => {}
  const begun = new Promise<void>((resolve) => {
    begin = () => {
      current = undefined
      resolve()
    }
  })
  setImmediate(begin)
  return { begun, begin, waiting: 0, checks: 0 }
}

function takesThread(verification: Algorithm['verification'], isLast: boolean): boolean {
  if (!threadsHelp || verification === 'quick') return false
  return verification === 'slow' || !isLast
}

import { type ProofAlgorithm, type ProofResult, type Reason, verifyProof } from '@dpop-guard/core'
import { createProofClient, type ProofClient } from '@dpop-guard/testing'
import type { DecodedJwt } from './jwt.js'

/** The request that a proof is checked against, and how strictly. */
export interface ProbeContext {
  readonly method: string
  readonly url: string
  /** Seconds since the epoch. */
  readonly now: number
  readonly accessToken?: string | undefined
  readonly nonce?: string | undefined
  readonly maxAgeSeconds?: number | undefined
  readonly algorithms?: readonly ProofAlgorithm[] | undefined
}

/** A proof, and what is known of the request that it came with. */
export interface InspectedRequest extends Omit<ProbeContext, 'method' | 'url'> {
  /** Values of the DPoP fields. */
  readonly fields: readonly string[]
  readonly method?: string | undefined
  readonly url?: string | undefined
}

/** The input of each check of a proof. */
export interface Subject extends DecodedJwt {
  readonly request: InspectedRequest
  readonly probe: ProofProbe
  readonly verdict: ProofResult
  readonly text: string
}

/** The guard's own verdict on these DPoP fields. Nothing is stored: asking twice is no replay. */
export function ask(fields: readonly string[], context: ProbeContext): Promise<ProofResult> {
  const { method, url, accessToken, nonce, now, maxAgeSeconds, algorithms } = context
  const service = nonce === undefined ? undefined : { issue: () => nonce, check: (other: string) => other === nonce }
  const headers = fields.flatMap((value) => ['DPoP', value])
  return verifyProof(
    { method, url, headers, accessToken },
    {
      replayStore: 'off',
      clock: () => now,
      maxAgeSeconds,
      algorithms: algorithms && [...algorithms],
      ...(service && { freshness: 'both', nonce: service }),
    },
  )
}

/** Whether a guard can have this URL. */
export async function isGuardUrl(url: string): Promise<boolean> {
  try {
    await ask([], { method: 'GET', url, now: 0 })
    return true
  } catch {
    return false
  }
}

/** Lengths of signatures that are not 64 bytes and do not follow from the key. */
const signatureBytes = new Map<unknown, number>([
  ['ES384', 96],
  ['ES512', 132],
])

/**
 * Good proofs in which one part comes from the inspected proof. The verdict of a guard on such a proof is about that part alone.
 * So each check is the guard's own, and a failed check does not hide the next ones.
 */
export class ProofProbe {
  readonly #context: ProbeContext
  readonly #client: ProofClient = createProofClient()

  constructor(context: ProbeContext) {
    const { algorithms } = context
    // The probe's own proofs are ES256, so the guard has to accept that too.
    this.#context = { ...context, algorithms: algorithms && [...new Set([...algorithms, 'ES256' as const])] }
  }

  /** With these claims instead of good ones; `undefined` leaves a claim out. */
  claims(claims: Record<string, unknown>, context: Partial<ProbeContext> = {}): Promise<Reason | undefined> {
    const { method, url, now } = this.#context
    const { accessToken, nonce, ...rest } = this.#context
    const proof = this.#client.proof({ method, url, now, claims })
    return reasonOf([proof], { ...rest, ...context })
  }

  /** With these header parameters instead of good ones. The signature is invalid: only the checks before it count. */
  header(header: Record<string, unknown>): Promise<Reason | undefined> {
    const { accessToken, nonce, ...context } = this.#context
    const { method, url, now } = context
    const proof = this.#client.proof({ method, url, now, header })
    const signature = Buffer.alloc(signatureBytes.get(header.alg) ?? 64).toString('base64url')
    return reasonOf([[...proof.split('.').slice(0, 2), signature].join('.')], context)
  }
}

async function reasonOf(fields: readonly string[], context: ProbeContext): Promise<Reason | undefined> {
  const result = await ask(fields, context)
  return result.verified ? undefined : result.reason
}

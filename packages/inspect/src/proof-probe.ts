import { type ProofAlgorithm, type ProofResult, type Reason, verifyProof } from '@dpop-guard/core'
import { createProofClient, type ProofClient } from '@dpop-guard/testing'

/** The request that a proof is held against, and how strictly. */
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

/** The guard's own answer to these DPoP fields. Nothing is remembered: asking twice is no replay. */
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

/** Lengths of signatures, where they are not 64 or follow from the key. */
const signatureBytes = new Map<unknown, number>([
  ['ES384', 96],
  ['ES512', 132],
])

/**
 * Good proofs in which one part is taken from somebody else's. What a guard says of such a proof, it says of that part alone:
 * so each check is the guard's own, and one that fails does not hide those behind it.
 */
export class ProofProbe {
  readonly #context: ProbeContext
  readonly #client: ProofClient = createProofClient()

  constructor(context: ProbeContext) {
    const { algorithms } = context
    // The probe's own proofs are ES256, whatever is accepted of others.
    this.#context = { ...context, algorithms: algorithms && [...new Set([...algorithms, 'ES256' as const])] }
  }

  /** With these claims in the place of good ones; `undefined` leaves one out. */
  claims(claims: Record<string, unknown>, context: Partial<ProbeContext> = {}): Promise<Reason | undefined> {
    const { method, url, now } = this.#context
    const { accessToken, nonce, ...rest } = this.#context
    const proof = this.#client.proof({ method, url, now, claims })
    return reasonOf([proof], { ...rest, ...context })
  }

  /** With these header parameters in the place of good ones. Signed for nothing: only what comes before counts. */
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

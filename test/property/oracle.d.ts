import type { JWTVerifyGetKey } from 'jose'

export interface OracleProofFacts {
  readonly method: string
  /** Normalised, without query and fragment. */
  readonly urls: readonly string[]
  readonly accessToken: string
  /** Seconds since the epoch. */
  readonly now: number
  /** Default `iat`. */
  readonly freshness?: 'iat' | 'nonce' | 'both' | undefined
  /** Nonces that the server has sent and still accepts. */
  readonly nonces?: readonly string[] | undefined
}

export interface OracleRequest {
  readonly method: string
  readonly target: string
  readonly headers: readonly string[]
  readonly now: number
  readonly nonces?: readonly string[] | undefined
}

export interface OraclePolicy {
  readonly issuer: string
  readonly findKey: JWTVerifyGetKey
  readonly audience: string
  /** The public origin, normalised. */
  readonly publicUrl: string
  readonly mode: 'dpop-only' | 'bearer-and-dpop'
  readonly freshness: 'iat' | 'nonce' | 'both'
}

/** `jkt` is there only if the request was accepted with a proof. */
export type Opinion =
  | { readonly accepted: true; readonly jkt?: string }
  | { readonly accepted: false; readonly objection: string }

export function isGoodProof(proof: string, facts: OracleProofFacts & { readonly jkt: string }): Promise<boolean>

export function createOracle(policy: OraclePolicy): { judge(request: OracleRequest): Promise<Opinion> }

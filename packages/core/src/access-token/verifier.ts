/** The claims of an access token, as its issuer stated them. Deeply frozen: one object serves many requests. */
export type Claims = Readonly<Record<string, unknown>>

/** What a verifier finds out about a valid access token: who issued what to whom, not yet whether the caller may use it. */
export interface VerifiedToken {
  readonly claims: Claims
  /** `exp`, in seconds since the epoch; undefined where the issuer states none. */
  readonly expiresAt: number | undefined
  /** When this answer must be found anew, in seconds since the epoch: never after `expiresAt` and the tolerance. */
  readonly usableUntil: number
}

/**
 * Finds out whether a token is valid. Throws or rejects with a CheckFailed when it is not, with CheckUnavailable when that cannot be
 * known: what is no token at all is told at once. Does NOT look at how the token is bound.
 */
export type AccessTokenVerifier = (token: string, now: number) => Promise<VerifiedToken>

/** A valid access token, as a verifier found it. Whether the caller may use it is not yet checked. */
export interface VerifiedToken {
  /** The claims as the issuer stated them, of any type. */
  readonly claims: Readonly<Record<string, unknown>>
  /** `exp`, in seconds since the epoch; undefined if the issuer states none. */
  readonly expiresAt: number | undefined
  /**
   * The time until which this answer may be used, in seconds since the epoch. Never later than `expiresAt` plus the tolerance.
   */
  readonly usableUntil: number
}

/** Verifies access tokens. Does NOT check what a token is bound to. */
export interface AccessTokenVerifier {
  /**
   * Throws CheckFailed at once for a malformed token. Rejects with CheckFailed for an invalid token, and with CheckUnavailable if
   * something that it needs is broken.
   */
  readonly verify: (token: string, now: number) => Promise<VerifiedToken>
  /**
   * `shared`: requests with the same token share one verification while it runs. `own`: each request has its own verification,
   * because the answer may change from one moment to the next.
   */
  readonly flights: 'shared' | 'own'
}

/** What a verifier finds out about a valid access token: who issued what to whom, not yet whether the caller may use it. */
export interface VerifiedToken {
  /** As the issuer stated them, of any type. */
  readonly claims: Readonly<Record<string, unknown>>
  /** `exp`, in seconds since the epoch; undefined where the issuer states none. */
  readonly expiresAt: number | undefined
  /** Until when this answer may be used, in seconds since the epoch: never after `expiresAt` and the tolerance. */
  readonly usableUntil: number
}

/** Finds out whether tokens are valid. Does NOT check how a token is bound. */
export interface AccessTokenVerifier {
  /**
   * Throws CheckFailed at once for a malformed token. Rejects with CheckFailed for an invalid one, and with CheckUnavailable when
   * it cannot know.
   */
  readonly verify: (token: string, now: number) => Promise<VerifiedToken>
  /**
   * `shared`: requests that come with one token while it is verified share the answer. `own`: each request asks for itself,
   * because the answer may differ from one moment to the next.
   */
  readonly flights: 'shared' | 'own'
}

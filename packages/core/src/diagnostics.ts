import { channel } from 'node:diagnostics_channel'
import { debuglog } from 'node:util'
import type { Claims } from './access-token/verifier.js'
import type { Scheme } from './authorization.js'
import { failures, type Reason } from './failures.js'
import { isJsonObject } from './json.js'
import type { ProofClaims } from './proof/read-proof.js'
import type { Mismatch } from './refusal.js'

/** Names of the `node:diagnostics_channel` channels that every guard publishes on. */
export const diagnosticsChannels = {
  accepted: 'dpop-guard:accepted',
  rejected: 'dpop-guard:rejected',
  unavailable: 'dpop-guard:unavailable',
} as const

/**
 * What operators see of one check, and clients do not. Never a token, a proof or a secret. Foreign text is cut short and holds
 * no control characters, query or userinfo.
 */
export interface CheckEvent {
  readonly method: string | undefined
  /** The path of the request target, without its query. */
  readonly path: string | undefined
  /** Undefined when the request had no credentials that could be read. */
  readonly scheme: Scheme | undefined
  /** `iss` of a valid access token. */
  readonly issuer: string | undefined
  /** `client_id` of a valid access token. */
  readonly clientId: string | undefined
  /** Thumbprint of the key that a valid access token is bound to. */
  readonly jkt: string | undefined
  /** The server's clock less the proof's `iat`, in seconds: positive is age, negative is a client's clock ahead. */
  readonly iatOffsetSeconds: number | undefined
}

/** A request that was turned away. */
export interface RejectedEvent extends CheckEvent {
  readonly reason: Reason
  readonly status: number
  /** With the reason `proof_htu`: the URIs that would have matched, without query. */
  readonly expectedHtu: readonly string[] | undefined
  /** With the reason `proof_htu`: what the proof has instead, without query. */
  readonly receivedHtu: string | undefined
  /** With the reasons `token_issuer` and `token_audience`: the values that would have matched. */
  readonly expectedClaim: readonly string[] | undefined
  /** With the reasons `token_issuer` and `token_audience`: what the token has instead. Nobody has vouched for it. */
  readonly receivedClaim: readonly string[] | undefined
}

/** A request that could not be decided, answered with 503. */
export interface UnavailableEvent extends CheckEvent {
  readonly reason: Reason
  readonly status: number
  /** What broke, as it was thrown. It may name hosts; look at it before you log it. */
  readonly error: unknown
}

/** What is known about a request so far. */
export class Trail {
  readonly method: string | undefined
  readonly target: string | undefined
  scheme: Scheme | undefined
  claims: Claims | undefined
  #proof: { readonly claims: ProofClaims; readonly now: number; readonly expected: readonly string[] } | undefined

  constructor(method?: string, target?: string) {
    this.method = method
    this.target = target
  }

  get used(): readonly Scheme[] {
    return this.scheme === undefined ? [] : [this.scheme]
  }

  observe(claims: ProofClaims, now: number, expected: readonly string[]): void {
    this.#proof = { claims, now, expected }
  }

  describe(): CheckEvent {
    const { method, target, scheme, claims } = this
    return {
      method: printable(method),
      path: printableUri(target),
      scheme,
      issuer: printable(claims?.iss),
      clientId: printable(claims?.client_id ?? claims?.azp),
      jkt: isJsonObject(claims?.cnf) ? printable(claims.cnf.jkt) : undefined,
      iatOffsetSeconds: this.#proof && this.#proof.now - this.#proof.claims.iat,
    }
  }

  describeHtu(): Pick<RejectedEvent, 'expectedHtu' | 'receivedHtu'> {
    const expectedHtu = this.#proof?.expected.map((uri) => uri.slice(0, maxTextLength))
    return { expectedHtu, receivedHtu: printableUri(this.#proof?.claims.htu) }
  }
}

const accepted = channel(diagnosticsChannels.accepted)
const rejected = channel(diagnosticsChannels.rejected)
const unavailable = channel(diagnosticsChannels.unavailable)

const debug = debuglog('dpop-guard')

export function publishAccepted(trail: Trail): void {
  if (debug.enabled) debug('accepted %j', trail.describe())
  if (accepted.hasSubscribers) accepted.publish(trail.describe())
}

export function publishRejected(reason: Reason, trail: Trail, mismatch?: Mismatch): void {
  if (!debug.enabled && !rejected.hasSubscribers) return
  const htu = reason === 'proof_htu' ? trail.describeHtu() : { expectedHtu: undefined, receivedHtu: undefined }
  const claim = {
    expectedClaim: mismatch?.expected,
    receivedClaim: mismatch && [mismatch.received].flat().slice(0, maxListLength).map(printableClaim),
  }
  const event: RejectedEvent = { ...trail.describe(), reason, status: failures[reason].status, ...htu, ...claim }
  if (debug.enabled) debug('rejected %j', event)
  if (rejected.hasSubscribers) rejected.publish(event)
}

export function publishUnavailable(reason: Reason, trail: Trail, error: unknown): void {
  if (!debug.enabled && !unavailable.hasSubscribers) return
  const event: UnavailableEvent = { ...trail.describe(), reason, status: failures[reason].status, error }
  if (debug.enabled) debug('unavailable %j', { ...event, error: describeError(reason, error) })
  if (unavailable.hasSubscribers) unavailable.publish(event)
}

/** Failures of our own requests to the issuer, whose messages hold URLs and statuses and no secret. */
const ownRequests: readonly Reason[] = ['keys_unavailable', 'introspection_unavailable', 'public_url_unavailable']

/** What may be printed of an error: of a hook's or a store's, only its name and code. */
function describeError(reason: Reason, error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error
  const { name, message, cause } = error
  const code = 'code' in error ? printable(error.code) : undefined
  if (!ownRequests.includes(reason)) return { name, code }
  return {
    name,
    code,
    message: printable(message),
    cause: cause === undefined ? undefined : describeError(reason, cause),
  }
}

const maxTextLength = 256

const maxListLength = 8

/** Foreign text for an operator's eyes, which cannot forge a line of a log. */
function printable(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, maxTextLength).replace(/[^\x20-\x7e]/g, '?') : undefined
}

/** What is no text has no business there: its type says enough, and to turn it into text may throw. */
function printableClaim(value: unknown): string {
  return printable(value) ?? typeof value
}

/** Of a URI only what RFC 9449 compares: a query, a fragment or a userinfo may hold secrets. */
function printableUri(uri: string | undefined): string | undefined {
  return printable(uri?.replace(/[?#].*$/s, '').replace(/^([^:/\\]*:)?[/\\]*[^/\\]*@/, '$1//'))
}

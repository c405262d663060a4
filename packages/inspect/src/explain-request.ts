import type { ProofAlgorithm, ProofResult } from '@dpop-guard/core'
import { inspectAuthorization } from './authorization-check.js'
import type { Check } from './check.js'
import { Display } from './display.js'
import { inspectProof } from './inspect-proof.js'
import type { DecodedJwt } from './jwt.js'
import { type PastedRequest, parsePastedRequest } from './pasted-request.js'
import { isGuardUrl } from './proof-probe.js'
import { writeVerdict } from './report.js'
import { inspectToken, type TokenExpectations } from './token-checks.js'

/** What is known of a request, in addition to what was pasted. */
export interface ExplainOptions {
  /** The access token that came with the proof. Default: the pasted one. */
  readonly accessToken?: string | undefined
  /** Default: that of the pasted head. */
  readonly method?: string | undefined
  /** The URL that clients call. Default: that of the pasted head. */
  readonly url?: string | undefined
  /** The newest nonce of the server. */
  readonly nonce?: string | undefined
  /** When the request was sent, in seconds since the epoch. Default: now. */
  readonly now?: number | undefined
  /** Default 60. */
  readonly maxAgeSeconds?: number | undefined
  /** Default: those of a guard. */
  readonly algorithms?: readonly ProofAlgorithm[] | undefined
  /** Compared with `iss` of the access token. */
  readonly issuer?: string | undefined
  /** Accepted `aud` values of the access token. */
  readonly audience?: readonly string[] | undefined
}

export interface Explanation {
  readonly checks: readonly Check[]
  /** The verdict of a guard on the proof alone. */
  readonly verdict: ProofResult
  /** The proof. Nothing of it is verified. */
  readonly decoded: DecodedJwt | undefined
  /** One or two sentences. */
  readonly summary: string
}

/**
 * Makes every check of RFC 9449 section 4.3 and of the access token, for a proof or for the head of a request as a person pastes
 * it. Asks no server for anything, so that it does not verify the signature of the access token. No string of the result has the
 * access token. It explains, and is no security boundary. Throws a TypeError for a URL that no guard can have.
 *
 * @example
 * const { checks, summary } = await explainRequest('GET /orders HTTP/1.1\nHost: api.example.com\nDPoP: eyJ...')
 */
export async function explainRequest(text: string, options: ExplainOptions = {}): Promise<Explanation> {
  const pasted = parsePastedRequest(text)
  const url = options.url ?? pasted.url
  if (url !== undefined && !(await isGuardUrl(url))) {
    throw new TypeError('the URL must be the https URL that clients call (http only on a loopback host)')
  }
  return explainPasted(pasted, options, { ...options, keys: 'not fetched' })
}

/** The same for what was parsed already. */
export async function explainPasted(
  pasted: PastedRequest,
  { accessToken: given, method, url, nonce, now = Date.now() / 1000, maxAgeSeconds, algorithms }: ExplainOptions,
  expected: TokenExpectations,
): Promise<Explanation> {
  const accessToken = given ?? pasted.accessToken
  const time = Math.floor(now)
  const { checks, verdict, decoded } = await inspectProof({
    fields: pasted.fields,
    method: method ?? pasted.method,
    url: url ?? pasted.url,
    accessToken,
    nonce,
    now: time,
    maxAgeSeconds,
    algorithms,
  })
  const all = [...checks, ...inspectAuthorization(pasted, given), ...(await inspectToken(accessToken, time, expected))]
  const display = new Display()
  display.hide(accessToken)
  const shown = all.map((check) => showCheck(check, display))
  const summary = writeVerdict(verdict, all, { paint: (_style, text) => text, display }).trim()
  return { checks: shown, verdict, decoded, summary }
}

/** Without the access token, and without characters that control a terminal. */
function showCheck(check: Check, display: Display): Check {
  const { why, expected, received, hint } = check
  const line = (text: string | undefined) => (text === undefined ? undefined : display.line(text))
  return { ...check, why: line(why), expected: line(expected), received: line(received), hint: line(hint) }
}

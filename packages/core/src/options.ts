import { readAccessTokenOptions } from './access-token/access-token-options.js'
import { readResourceOption } from './access-token/audience.js'
import type { CertificateConfirmation } from './access-token/binding.js'
import type { VerifyAccessToken } from './access-token/custom-verifier.js'
import type { IssuerOptions, JwksCacheOptions } from './access-token/issuer-options.js'
import type { TokenClaims } from './access-token/registered-claims.js'
import type { RevocationCheck } from './access-token/revocation.js'
import { readScopesOption } from './access-token/scopes.js'
import type { TokenTyp } from './access-token/unverified-token.js'
import type { AccessTokenVerifier } from './access-token/verifier.js'
import { readClockOption, requireClockOfSeconds } from './clock.js'
import { readFunctionOption, readObjectOption } from './option-readers.js'
import { readFreshnessOptions } from './proof/freshness-options.js'
import { readSendNonceOption } from './proof/nonce-options.js'
import type { NonceSecrets, NonceService } from './proof/nonces.js'
import { type ProofOptions, type ProofPolicy, readProofOption } from './proof/proof-options.js'
import { acceptanceWindow } from './proof/used-proof.js'
import { createReplayProtection, readReplayStoreOption } from './replay/replay-store-option.js'
import type { ReplayStore } from './replay/store.js'
import type { ReplayProtection } from './replay/use-once.js'
import {
  type AcceptedSchemes,
  offeredSchemes,
  readCredentialsOption,
  readModeOption,
  readOtherSchemesOption,
} from './request/accepted-schemes.js'
import type { GuardRequest } from './request/fields.js'
import { type PublicBasesOf, type PublicUrl, readPublicUrlOption } from './request/public-url.js'
import type { PublicBase } from './request/target-uri.js'
import { readRealmOption } from './response/challenge.js'
import type { ResponsePolicy } from './response/rejection.js'
import {
  type ResourceMetadata,
  type ResourceMetadataOptions,
  readResourceMetadataOption,
} from './response/resource-metadata.js'

/** Options of a guard. All are checked once, by `createGuard`; what is wrong with one is a TypeError that names it. */
export interface GuardOptions {
  /**
   * Whose access tokens are accepted: one issuer or several, each by its identifier or with its settings. Required unless there
   * is a `verifyAccessToken`; then only identifiers, which `iss` is compared with where a token has one.
   */
  issuer?: string | IssuerOptions | readonly (string | IssuerOptions)[] | undefined
  /**
   * This API's resource identifier (RFC 9728, RFC 8707): an absolute URI without fragment. Also the default `audience`, and,
   * if it is an http(s) URL, the default public origin.
   */
  resource: string
  /** Accepted `aud` values. Default: `resource`. */
  audience?: string | readonly string[] | undefined
  /**
   * Where clients find this API, when that is not the origin of `resource`: a base URL (with the path that a proxy strips, if
   * it strips one), a list of them, or a function of the request for tenants. A function must not take the origin from
   * `Host` or a forwarding header without comparing it with a list. Undefined from it means: not served here.
   */
  publicUrl?: string | readonly string[] | ((request: GuardRequest) => PublicUrl | Promise<PublicUrl>) | undefined
  /**
   * `dpop-only` (default) or `bearer-and-dpop`, which also accepts Bearer tokens that are not bound to a key. A stolen one of
   * those works for the thief. A bound token never passes as Bearer.
   */
  mode?: 'dpop-only' | 'bearer-and-dpop' | undefined
  /**
   * Another way to verify access tokens than as JWTs: `introspection(...)` from `@dpop-guard/core/introspection` for opaque ones,
   * or a function of your own.
   */
  verifyAccessToken?: VerifyAccessToken | undefined
  /** For `exp` and `nbf` of access tokens. Seconds, 0 to 300, default 5. */
  clockToleranceSeconds?: number | undefined
  jwksCache?: JwksCacheOptions | undefined
  /** `at+jwt` (default, RFC 9068), or `any` for issuers that still send `typ: JWT`. Not used with `verifyAccessToken`. */
  tokenTyp?: TokenTyp | undefined
  /** JWS algorithms that JWT access tokens may be signed with. Not used with `verifyAccessToken`. Default: ES*, PS*, RS*, Ed25519, EdDSA. */
  tokenAlgorithms?: readonly string[] | undefined
  /** `rfc9068` also requires `sub`, `client_id`, `iat` and `jti` of JWT access tokens. Default `minimal`. */
  tokenClaims?: TokenClaims | undefined
  /** Asked about every valid access token: true rejects it. Rejects when it cannot know: 503. Default: none. */
  isRevoked?: RevocationCheck | undefined
  /**
   * Confirms that the client showed the certificate that a token is bound to (RFC 8705). Without it, such tokens are rejected.
   */
  confirmCertificate?: CertificateConfirmation | undefined
  proof?: ProofOptions | undefined
  /**
   * What bounds the life of a proof: `iat`, the client's clock (default); `nonce`, a nonce of this server, whatever the client's
   * clock says; or `both`.
   */
  freshness?: 'iat' | 'nonce' | 'both' | undefined
  /** Where nonces come from. Required with `freshness` `nonce` or `both`. */
  nonce?: NonceSecrets | NonceService | undefined
  /** When an accepted request's response has a nonce: `when-new` (default), if the client's is not the newest; or `always`. */
  sendNonce?: 'when-new' | 'always' | undefined
  /**
   * Remembers used proofs. Default: one memory for all guards of this process; a guard with its own `clock` has its own. With
   * several processes, share a store, or each accepts a proof once. `'off'` gives up replay protection: a proof can be used again until it is too old.
   */
  replayStore?: ReplayStore | 'off' | undefined
  /** Scopes that every request behind the guard needs. Default: none. */
  requiredScopes?: readonly string[] | undefined
  /** `required` (default), or `optional`: a request with no credentials at all passes without an identity. */
  credentials?: 'required' | 'optional' | undefined
  /**
   * Authentication schemes of another way in, such as `['Basic']`. Needs `credentials: 'optional'`. A request passes without an
   * identity if it has one `Authorization` of such a scheme, well-formed as RFC 9110 section 11.4 has senders write it, and neither a
   * `DPoP` field nor a token elsewhere. The guard does NOT check those credentials: what reads them has to. Names are compared
   * without case; `DPoP` and `Bearer` are a TypeError. Default: none.
   */
  otherSchemes?: readonly string[] | undefined
  /** The `realm` of challenges. Default: none for DPoP; `resource` for Bearer, which must have a parameter. */
  realm?: string | undefined
  /** Serves Protected Resource Metadata (RFC 9728) and names it in every challenge. `{}` is enough. Default: none. */
  resourceMetadata?: ResourceMetadataOptions | undefined
  /** Seconds since the epoch. For tests. Default: the system clock. */
  clock?: (() => number) | undefined
}

/** The options, checked and with every default filled in. */
export interface GuardPolicy {
  readonly verifyAccessToken: AccessTokenVerifier
  readonly revoked: RevocationCheck | undefined
  readonly confirmCertificate: CertificateConfirmation | undefined
  readonly publicBases: readonly PublicBase[] | PublicBasesOf
  readonly proof: ProofPolicy
  readonly sendNonce: 'when-new' | 'always'
  readonly metadata: ResourceMetadata | undefined
  /** Undefined where used proofs are not remembered. */
  readonly replay: ReplayProtection | undefined
  readonly credentials: 'required' | 'optional'
  readonly schemes: AcceptedSchemes
  readonly requiredScopes: readonly string[]
  readonly response: ResponsePolicy
  readonly clock: () => number
}

export const knownOptions = [
  'issuer',
  'resource',
  'audience',
  'publicUrl',
  'mode',
  'verifyAccessToken',
  'clockToleranceSeconds',
  'jwksCache',
  'tokenTyp',
  'tokenAlgorithms',
  'tokenClaims',
  'isRevoked',
  'confirmCertificate',
  'proof',
  'freshness',
  'nonce',
  'sendNonce',
  'replayStore',
  'requiredScopes',
  'credentials',
  'otherSchemes',
  'realm',
  'resourceMetadata',
  'clock',
] satisfies (keyof GuardOptions)[]

/** Names that people try, and where to find what they mean. */
const otherNames: Readonly<Record<string, string>> = {
  accessToken: 'verifyAccessToken',
  algorithms: 'proof.algorithms" or "tokenAlgorithms',
  guards: 'guard',
  insecureHttp: 'issuer: { issuer, insecureHttp }',
  jwks: 'jwksCache" or "issuer: { issuer, jwks }',
  jwksUri: 'issuer: { issuer, jwksUri }',
  maxAge: 'proof.maxAgeSeconds',
  maxAgeSeconds: 'proof.maxAgeSeconds',
  maxLength: 'proof.maxLength',
  metadata: 'resourceMetadata',
  replay: 'replayStore',
  revoked: 'isRevoked',
  scopes: 'requiredScopes',
  secrets: 'nonce: { secrets }',
  typ: 'tokenTyp',
}

/** Throws a TypeError for the first option that is missing, misspelt or wrong. */
export function readGuardOptions(given: GuardOptions): GuardPolicy {
  const options = readObjectOption('', given, knownOptions, otherNames)
  const resource = readResourceOption(options.resource)
  const proof = {
    ...readProofOption(options.proof),
    ...readFreshnessOptions(options.freshness, options.nonce, resource),
  }
  const clock = readClockOption('clock', options.clock)
  requireClockOfSeconds('clock', clock)
  const ownClock = options.clock === undefined ? undefined : clock
  const store = readReplayStoreOption(options.replayStore, ownClock)
  const requiredScopes = readScopesOption('requiredScopes', options.requiredScopes)
  const mode = readModeOption(options.mode)
  const credentials = readCredentialsOption(options.credentials)
  const realm = readRealmOption(options.realm)
  const { issuers, verifyAccessToken } = readAccessTokenOptions(options, resource)
  const metadata = readResourceMetadataOption(options.resourceMetadata, {
    resource,
    issuers,
    requiredScopes,
    algorithms: proof.algorithms,
    mode,
  })
  return {
    verifyAccessToken,
    revoked: readFunctionOption<RevocationCheck>('isRevoked', options.isRevoked),
    confirmCertificate: readFunctionOption<CertificateConfirmation>('confirmCertificate', options.confirmCertificate),
    publicBases: readPublicUrlOption(options.publicUrl, resource),
    proof,
    sendNonce: readSendNonceOption(options.sendNonce, proof.nonces),
    metadata,
    replay: createReplayProtection(store, clock, ownClock, acceptanceWindow(proof)),
    credentials,
    schemes: { offered: offeredSchemes[mode], others: readOtherSchemesOption(options.otherSchemes, credentials) },
    requiredScopes,
    response: {
      offered: offeredSchemes[mode],
      parameters: {
        bearerRealm: realm ?? resource,
        realm,
        algs: [...proof.algorithms].join(' '),
        scope: requiredScopes.length > 0 ? requiredScopes.join(' ') : undefined,
        resourceMetadata: metadata?.url,
      },
    },
    clock,
  }
}

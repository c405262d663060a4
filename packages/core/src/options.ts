// More than 250 lines, because the interface has a docstring for each option.
import { readAccessTokenOptions } from './access-token/access-token-options.js'
import type { IssuerCheck } from './access-token/allowed-issuer.js'
import { readResourceOption } from './access-token/audience.js'
import type { CertificateConfirmation } from './access-token/binding.js'
import { type CacheOptions, type CacheSizes, readCacheOption } from './access-token/cache-option.js'
import type { VerifyAccessToken } from './access-token/custom-verifier.js'

import { type FetchFunction, readFetchOption } from './access-token/fetch.js'
import type { FindIssuer, IssuerOptions } from './access-token/issuer-options.js'
import type { JwksCacheOptions } from './access-token/jwks-cache-option.js'

import type { NamedKeys } from './access-token/readiness.js'
import type { TokenClaims } from './access-token/registered-claims.js'
import type { RevocationCheck } from './access-token/revocation.js'
import { readScopesOption, type ScopesOf } from './access-token/scopes.js'
import type { TokenTyp } from './access-token/unverified-token.js'
import type { AccessTokenVerifier } from './access-token/verifier.js'
import { readClockOption, requireClockOfSeconds } from './clock.js'
import { conflictingOptions, readFunctionOption, readObjectOption } from './option-readers.js'
import type { Freshness } from './proof/freshness.js'
import { readFreshnessOptions } from './proof/freshness-options.js'
import { type NonceSending, readSendNonceOption } from './proof/nonce-options.js'
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

/** Options of a guard. `createGuard` checks all of them once. An invalid option throws a TypeError that names it. */
export interface GuardOptions {
  /**
   * The authorization servers whose access tokens you accept: one or several. Name each by its issuer identifier (the URL in its
   * metadata), or give an object with its settings. Required, unless you set `verifyAccessToken`. With `verifyAccessToken`, use
   * identifiers only: a token that has an `iss` is accepted only if it is one of them. For tenants that are not known at start,
   * pass a function of `iss` that finds the settings of one issuer: see `FindIssuer`.
   */
  issuer?: string | IssuerOptions | readonly (string | IssuerOptions)[] | FindIssuer | undefined
  /**
   * Returns whether tokens of an issuer may be used for a request. Several tenants with their own issuers need it: otherwise a
   * token of one tenant is accepted on the host of another. Called for every request with the token's verified `iss`. Tokens
   * without `iss` are rejected. Default: a token of any accepted issuer may be used everywhere.
   */
  isIssuerAllowed?: IssuerCheck | undefined
  /**
   * This API's identifier (RFC 9728, RFC 8707): an absolute URI without fragment. Usually the URL that your clients use. It is
   * also the default `audience`. If it is an http(s) URL, its origin is the default `publicUrl`.
   */
  resource: string
  /** Accepted `aud` values: a token must be issued for at least one of them. Default: `resource`. */
  audience?: string | readonly string[] | undefined
  /**
   * The URL under which clients reach this API, if it is not the origin of `resource`. A base URL, a list of base URLs, or a
   * function of the request, for example for tenants. If a proxy strips a path, include that path. A function that reads `Host`
   * or a forwarding header must compare it with a list of your own. It returns undefined for a host that you do not serve.
   * Default: the origin of `resource`. Required if `resource` is not an http(s) URL.
   */
  publicUrl?: string | readonly string[] | ((request: GuardRequest) => PublicUrl | Promise<PublicUrl>) | undefined
  /**
   * `dpop-only` (default) accepts only tokens that are bound to a key. `bearer-and-dpop` also accepts Bearer tokens that are not
   * bound: an attacker who steals such a token can use it. A bound token is never accepted as Bearer.
   */
  mode?: 'dpop-only' | 'bearer-and-dpop' | undefined
  /**
   * Verifies access tokens that are not JWTs. For opaque tokens, use `introspection(...)` from `@dpop-guard/core/introspection`.
   * Or pass your own function. Default: tokens are verified as JWTs (RFC 9068).
   */
  verifyAccessToken?: VerifyAccessToken | undefined
  /** How far the issuer's clock may differ, for `exp` and `nbf` of access tokens. Seconds, 0 to 300, default 5. */
  clockToleranceSeconds?: number | undefined
  /** How the public keys of issuers are fetched and cached. Not allowed with `verifyAccessToken`. */
  jwksCache?: JwksCacheOptions | undefined
  /**
   * Fetches issuer metadata and key sets, and is passed to your `verifyAccessToken`. For an egress proxy, a private certificate
   * authority, or tests. The guard's limits of time and size hold with any function. Default: the global `fetch`.
   */
  fetch?: FetchFunction | undefined
  /**
   * The `typ` of JWT access tokens. `at+jwt` (default, RFC 9068), or `any` for issuers that send `typ: JWT` or none. Not used
   * with `verifyAccessToken`.
   */
  tokenTyp?: TokenTyp | undefined
  /**
   * JWS algorithms that issuers may sign JWT access tokens with. Not used with `verifyAccessToken`. Default: ES*, PS*, RS*,
   * Ed25519, EdDSA.
   */
  tokenAlgorithms?: readonly string[] | undefined
  /**
   * The claims that a JWT access token must have. `minimal` (default): `iss`, `aud` and `exp`. `rfc9068` also requires `sub`,
   * `client_id`, `iat` and `jti`. Not allowed with `verifyAccessToken`.
   */
  tokenClaims?: TokenClaims | undefined
  /**
   * Returns whether a valid access token was revoked. The guard calls it for every request, and rejects a revoked token. If it
   * throws or rejects, the answer is 503. Default: revocation is not checked.
   */
  isRevoked?: RevocationCheck | undefined
  /**
   * Returns whether the client of this request used the TLS certificate that its token is bound to (RFC 8705). Default: tokens
   * that are bound to a certificate are rejected.
   */
  confirmCertificate?: CertificateConfirmation | undefined
  /** Which DPoP proofs are accepted: algorithms, age, clock tolerance, length. */
  proof?: ProofOptions | undefined
  /**
   * How the guard knows that a proof is fresh. `iat` (default): by the time that the client's clock put into the proof. `nonce`:
   * by a nonce that this server issued, even if the client's clock is wrong. `both`: by both. `adaptive`: by the nonce if the
   * proof has one, or else by the time. A client whose clock is wrong gets a nonce then, and a client whose clock is right never
   * sees one. Does NOT protect against proofs that were made ahead, because the client chooses.
   */
  freshness?: Freshness | undefined
  /** How nonces are made: `{ secrets }`, or your own service. Required unless `freshness` is `iat`. */
  nonce?: NonceSecrets | NonceService | undefined
  /**
   * When the response to an accepted request has a nonce. `when-new` (default): if the client did not use the newest one.
   * `always`: in every response. A rejection always has the newest nonce. Not allowed with `freshness: 'adaptive'`, where only
   * clients that need a nonce or sent one get one.
   */
  sendNonce?: 'when-new' | 'always' | undefined
  /**
   * Remembers used proofs, so that each proof is accepted once. Default: one memory store for all guards of this process. A
   * guard with its own `clock` has its own store. If you run several processes, share a store, such as `redisReplayStore` from
   * `@dpop-guard/redis`. Otherwise each process accepts a proof once. `'off'` turns replay protection off: anyone who copies a
   * proof and its token can repeat the request until the proof is too old.
   */
  replayStore?: ReplayStore | 'off' | undefined
  /**
   * Returns the scopes of an access token, for issuers that state them elsewhere: Auth0 in `permissions`, Keycloak in
   * `realm_access.roles`. Default: the claim `scope`, or else `scp`.
   */
  scopesOf?: ScopesOf | undefined
  /** Scopes that the token of every request needs. Default: none. */
  requiredScopes?: readonly string[] | undefined
  /** `required` (default), or `optional`: a request without credentials is accepted too, without a caller. */
  credentials?: 'required' | 'optional' | undefined
  /**
   * Other authentication schemes that your application checks itself, such as `['Basic']`. Needs `credentials: 'optional'`. The
   * guard does NOT check the credentials of these schemes: your own code must check them. It accepts the request without a
   * caller if it has one well-formed `Authorization` field (RFC 9110 section 11.4) of such a scheme. The request must have no
   * `DPoP` field, and no token in the query or the body. Names are compared without case. `DPoP` and `Bearer` throw a TypeError.
   * Default: none.
   */
  otherSchemes?: readonly string[] | undefined
  /** The `realm` of challenges. Default: none for DPoP. `resource` for Bearer, because that challenge needs a parameter. */
  realm?: string | undefined
  /** Serves the resource metadata document (RFC 9728) and names it in every challenge. `{}` is enough. Default: no document. */
  resourceMetadata?: ResourceMetadataOptions | undefined
  /** How many clients' keys and verified tokens the guard keeps in memory. Default 10,000 of each. */
  cache?: CacheOptions | undefined
  /** Returns the time in seconds since the epoch. For tests. Default: the system clock. */
  clock?: (() => number) | undefined
}

/** The checked options, with all defaults. */
export interface GuardPolicy {
  readonly verifyAccessToken: AccessTokenVerifier
  readonly namedKeys: NamedKeys
  readonly isIssuerAllowed: IssuerCheck | undefined
  readonly revoked: RevocationCheck | undefined
  readonly fetch: FetchFunction | undefined
  readonly confirmCertificate: CertificateConfirmation | undefined
  readonly publicBases: readonly PublicBase[] | PublicBasesOf
  readonly proof: ProofPolicy
  readonly sendNonce: NonceSending
  readonly resourceMetadata: ResourceMetadata | undefined
  readonly scopesOf: ScopesOf | undefined
  /** Undefined if used proofs are not remembered. */
  readonly replay: ReplayProtection | undefined
  readonly credentials: 'required' | 'optional'
  readonly schemes: AcceptedSchemes
  readonly requiredScopes: readonly string[]
  readonly response: ResponsePolicy
  readonly cache: CacheSizes
  readonly clock: () => number
  /** False if an adapter only reports what this guard decides. */
  readonly enforced: boolean
}

export const knownOptions = [
  'issuer',
  'isIssuerAllowed',
  'resource',
  'audience',
  'publicUrl',
  'mode',
  'verifyAccessToken',
  'clockToleranceSeconds',
  'jwksCache',
  'fetch',
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
  'scopesOf',
  'requiredScopes',
  'credentials',
  'otherSchemes',
  'realm',
  'resourceMetadata',
  'cache',
  'clock',
] satisfies (keyof GuardOptions)[]

/** Wrong names that people try, and the right names. */
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

/** Reads the options. Throws a TypeError for the first option that is missing, misspelt or invalid. */
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
  const { issuers, verifyAccessToken, namedKeys } = readAccessTokenOptions(options, resource)
  const metadata = readResourceMetadataOption(options.resourceMetadata, {
    resource,
    issuers,
    requiredScopes,
    algorithms: proof.algorithms,
    mode,
  })
  return {
    verifyAccessToken,
    namedKeys,
    isIssuerAllowed: readFunctionOption<IssuerCheck>('isIssuerAllowed', options.isIssuerAllowed),
    revoked: readFunctionOption<RevocationCheck>('isRevoked', options.isRevoked),
    fetch: readFetchOption(options.fetch),
    confirmCertificate: readFunctionOption<CertificateConfirmation>('confirmCertificate', options.confirmCertificate),
    scopesOf: readFunctionOption<ScopesOf>('scopesOf', options.scopesOf),
    publicBases: readPublicUrlOption(options.publicUrl, resource),
    proof,
    sendNonce: readSendNonceOption(options.sendNonce, proof),
    resourceMetadata: metadata,
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
    cache: readCacheOption(options.cache),
    clock,
    enforced: true,
  }
}

/**
 * The policy of a guard that only reports. It must not use up proofs for the guards that enforce their checks, and it sends no
 * nonces. Throws a TypeError if proofs need a nonce.
 */
export function reportingPolicy(policy: GuardPolicy): GuardPolicy {
  const { freshness } = policy.proof
  if (freshness === 'nonce' || freshness === 'both') throw conflictingOptions('reportOnly', 'freshness: "iat"')
  return { ...policy, enforced: false, replay: policy.replay?.withOwnMemory() }
}

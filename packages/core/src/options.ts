import { isUint8Array } from 'node:util/types'
import type { CertificateConfirmation } from './access-token/binding.js'
import { createCustomVerifier, type VerifyAccessToken } from './access-token/custom-verifier.js'
import { type IssuerOptions, type JwksCacheOptions, readIssuerOptions } from './access-token/issuer-options.js'
import { createJwtVerifier, type TokenClaims, type TokenTyp } from './access-token/jwt.js'
import type { RevocationCheck } from './access-token/revocation.js'
import { isScopeToken } from './access-token/scopes.js'
import type { AccessTokenVerifier } from './access-token/verifier.js'
import type { Scheme } from './failures.js'
import { loggable } from './loggable-error.js'
import {
  invalidOption,
  listOf,
  readChoiceOption,
  readClockOption,
  readMemberOption,
  readObjectOption,
  readSecondsOption,
  readStringsOption,
  readSubsetOption,
  readWholeNumberOption,
} from './option-readers.js'
import { defaultProofAlgorithms, type ProofAlgorithm, proofAlgorithms } from './proof/algorithms.js'
import type { FreshnessPolicy } from './proof/freshness.js'
import { type NonceSecrets, type NonceService, type Nonces, StatelessNonces, serviceNonces } from './proof/nonces.js'
import { memoryReplayStore } from './replay/memory-store.js'
import { defaultReplayStore } from './replay/process-replay-state.js'
import type { ReplayStore } from './replay/store.js'
import { ReplayProtection } from './replay/use-once.js'
import { type AcceptedSchemes, readSchemesOption } from './request/authorization.js'
import type { GuardRequest } from './request/fields.js'
import { type PublicBase, parsePublicBase } from './request/target-uri.js'
import type { ResponsePolicy } from './response/rejection.js'
import {
  type ResourceMetadata,
  type ResourceMetadataOptions,
  readResourceMetadataOption,
} from './response/resource-metadata.js'

/** How proofs are read (RFC 9449 sections 4.3 and 11.1). */
export interface ProofOptions {
  /** JWS algorithms a proof may be signed with, in the order of `algs`. Default ES256, PS256, Ed25519, EdDSA. */
  algorithms?: readonly ProofAlgorithm[] | undefined
  /** How old a proof may be by its `iat`. Seconds, 1 to 3600, default 60. */
  maxAgeSeconds?: number | undefined
  /** How far a client's clock may be ahead. Seconds, 0 to 3600, default 30. */
  futureToleranceSeconds?: number | undefined
  /** Length of a proof that is still read. Characters, 256 to 65536, default 8192. */
  maxLength?: number | undefined
}

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
  /** Asked about every valid access token: true refuses it. Rejects when it cannot know: 503. Default: none. */
  isRevoked?: RevocationCheck | undefined
  /**
   * Confirms that the client showed the certificate that a token is bound to (RFC 8705). Without it, such tokens are refused.
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

/** What a `publicUrl` function may give. */
export type PublicUrl = string | readonly string[] | undefined

/** Where a request arrived, as its clients write it: for a `publicUrl` function. */
export type PublicBasesOf = (request: GuardRequest) => Promise<readonly PublicBase[]>

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

export interface ProofPolicy extends FreshnessPolicy {
  readonly algorithms: ReadonlySet<ProofAlgorithm>
  readonly maxLength: number
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

const quotable = /^[\x20-\x7e]+$/

/** The year 5138; as milliseconds, 1973. */
const latestSecond = 1e11

/** Throws a TypeError for a clock of another type or unit. One that is broken in another way may be repaired before the first request. */
function checkClock(given: unknown, clock: () => unknown): void {
  let time: unknown
  try {
    time = clock()
  } catch {
    return
  }
  if (typeof time !== 'number') throw invalidOption('clock', given, 'a function that gives a number of seconds')
  if (Number.isFinite(time) && time > latestSecond) {
    throw invalidOption('clock', given, 'a function that gives seconds, not milliseconds')
  }
}

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
  const { freshness, nonces } = readFreshnessOptions(options.freshness, options.nonce, resource)
  const proof = { ...readProofOptions(options.proof), freshness, nonces }
  const clock = readClockOption('clock', options.clock)
  checkClock(options.clock, clock)
  const ownClock = options.clock === undefined ? undefined : clock
  const requiredScopes = readScopesOption('requiredScopes', options.requiredScopes)
  const mode = readChoiceOption('mode', options.mode, 'dpop-only', ['dpop-only', 'bearer-and-dpop'])
  const credentials = readChoiceOption('credentials', options.credentials, 'required', ['required', 'optional'])
  const realm = options.realm === undefined ? undefined : readRealmOption('realm', options.realm)
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
    sendNonce: readSendNonceOption(options.sendNonce, nonces),
    metadata,
    replay: createReplayProtection(readReplayStoreOption(options.replayStore, ownClock), clock, ownClock, proof),
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

function readFunctionOption<F extends (...args: never[]) => unknown>(name: string, value: unknown): F | undefined {
  if (value !== undefined && typeof value !== 'function') throw invalidOption(name, value, 'a function')
  return value as F | undefined
}

/** In the order of their challenges for a request without credentials. Bearer is not offered where it is not accepted: that would invite a downgrade. */
const offeredSchemes = {
  'dpop-only': ['DPoP'],
  'bearer-and-dpop': ['Bearer', 'DPoP'],
} as const satisfies Record<string, readonly Scheme[]>

function readOtherSchemesOption(value: unknown, credentials: 'required' | 'optional'): ReadonlySet<string> {
  if (value !== undefined && credentials !== 'optional') {
    throw new TypeError('dpop-guard: "otherSchemes" needs credentials: "optional"')
  }
  return readSchemesOption('otherSchemes', value)
}

/** Shared by `createGuard` and `verifyProof`. */
export function readProofOptions(value: unknown, name = 'proof'): Omit<ProofPolicy, keyof Freshness> {
  const options =
    value === undefined
      ? {}
      : readObjectOption(name, value, [
          'algorithms',
          'maxAgeSeconds',
          'futureToleranceSeconds',
          'maxLength',
        ] satisfies (keyof ProofOptions)[])
  const prefix = name === '' ? '' : `${name}.`
  const allAlgorithms = Object.keys(proofAlgorithms) as ProofAlgorithm[]
  return {
    algorithms: new Set(
      readSubsetOption(`${prefix}algorithms`, options.algorithms, defaultProofAlgorithms, allAlgorithms),
    ),
    maxAgeSeconds: readSecondsOption(`${prefix}maxAgeSeconds`, options.maxAgeSeconds, 60, { min: 1, max: 3600 }),
    futureToleranceSeconds: readSecondsOption(`${prefix}futureToleranceSeconds`, options.futureToleranceSeconds, 30, {
      min: 0,
      max: 3600,
    }),
    maxLength: readWholeNumberOption(`${prefix}maxLength`, options.maxLength, 8192, { min: 256, max: 65_536 }),
  }
}

/** Where a proof's freshness comes from; part of {@link ProofPolicy}. */
interface Freshness {
  readonly freshness: 'iat' | 'nonce' | 'both'
  readonly nonces: Nonces | undefined
}

const minSecretBytes = 32

/** Shared by `createGuard` and `verifyProof`. `audience` keeps apart servers that have the same secrets. */
export function readFreshnessOptions(freshness: unknown, nonce: unknown, audience: string): Freshness {
  const chosen = readChoiceOption('freshness', freshness, 'iat', ['iat', 'nonce', 'both'])
  if (chosen === 'iat') {
    // The value is not shown: it holds secrets.
    if (nonce !== undefined)
      throw new TypeError('dpop-guard: option "nonce" needs "freshness" to be \'nonce\' or \'both\'')
    return { freshness: chosen, nonces: undefined }
  }
  return { freshness: chosen, nonces: readNonceOption(nonce, audience) }
}

function readNonceOption(value: unknown, audience: string): Nonces {
  if (value === undefined) throw invalidOption('nonce', value, 'given as { secrets: [...] } or { issue, check }')
  if (isNonceService(value)) {
    // An instance of a class has members of its own.
    if (Object.getPrototypeOf(value) === Object.prototype) {
      readObjectOption('nonce', value, ['issue', 'check', 'lifetimeSeconds'] satisfies (keyof NonceService)[])
    }
    const lifetime = readMemberOption('nonce', value, 'lifetimeSeconds')
    const lifetimeSeconds = readSecondsOption('nonce.lifetimeSeconds', lifetime, 3600, { min: 1, max: 86_400 })
    return serviceNonces(value, lifetimeSeconds)
  }
  // The value is not shown: somebody may have put the secret itself there.
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new TypeError('dpop-guard: option "nonce" must be { secrets: [...] } or { issue, check }')
  }
  const options = readObjectOption('nonce', value, ['secrets', 'rotationSeconds'] satisfies (keyof NonceSecrets)[])
  const secrets = listOf(options.secrets)
  if (secrets === undefined || secrets.length === 0 || !secrets.every(isLongSecret)) {
    throw new TypeError(
      `dpop-guard: option "nonce.secrets" must be a list of secrets of ${minSecretBytes} bytes or more`,
    )
  }
  if (secrets.some(isPublishedSecret)) {
    throw new TypeError(
      'dpop-guard: option "nonce.secrets" holds an example of the documentation: use 32 random bytes of your own',
    )
  }
  const seconds = readWholeNumberOption('nonce.rotationSeconds', options.rotationSeconds, 60, { min: 1, max: 3600 })
  return new StatelessNonces(secrets.map(copySecret), seconds, audience)
}

function isNonceService(value: unknown): value is NonceService {
  const [issue, check] = [readMemberOption('nonce', value, 'issue'), readMemberOption('nonce', value, 'check')]
  return typeof issue === 'function' && typeof check === 'function'
}

/** Bytes of a caller's may be wiped after use. */
function copySecret(secret: string | Uint8Array): string | Uint8Array {
  return typeof secret === 'string' ? secret : Uint8Array.from(secret)
}

function isLongSecret(secret: unknown): secret is string | Uint8Array {
  return (typeof secret === 'string' || isUint8Array(secret)) && Buffer.byteLength(secret) >= minSecretBytes
}

/** Snippets of version 0.1 fell back to it where the environment had no secret. Everyone can make nonces with it. */
const publishedSecret = 'a secret of 32 bytes or more, from your vault'

function isPublishedSecret(secret: string | Uint8Array): boolean {
  return Buffer.from(secret).equals(Buffer.from(publishedSecret))
}

function readSendNonceOption(value: unknown, nonces: Nonces | undefined): 'when-new' | 'always' {
  if (value !== undefined && nonces === undefined) {
    throw invalidOption('sendNonce', value, "left out unless \"freshness\" is 'nonce' or 'both'")
  }
  return readChoiceOption('sendNonce', value, 'when-new', ['when-new', 'always'])
}

/** `ownClock` is undefined for the system clock. */
export function readReplayStoreOption(value: unknown, ownClock: (() => number) | undefined): ReplayStore | 'off' {
  if (value === undefined) return ownClock === undefined ? defaultReplayStore() : memoryReplayStore({ clock: ownClock })
  if (value === 'off') return value
  const addIfAbsent = readMemberOption('replayStore', value, 'addIfAbsent')
  if (typeof addIfAbsent !== 'function') {
    throw invalidOption('replayStore', value, "a replay store with an addIfAbsent() method, or 'off'")
  }
  return value as ReplayStore
}

/** Shared by `createGuard` and `verifyProof`. */
export function createReplayProtection(
  store: ReplayStore | 'off',
  clock: () => number,
  ownClock: (() => number) | undefined,
  { freshness, nonces, maxAgeSeconds, futureToleranceSeconds }: FreshnessPolicy,
): ReplayProtection | undefined {
  if (store === 'off') return undefined
  const window =
    freshness === 'nonce'
      ? { maxAgeSeconds: 0, futureToleranceSeconds: 0, nonceSeconds: nonces?.lifetimeSeconds ?? 0 }
      : { maxAgeSeconds, futureToleranceSeconds, nonceSeconds: 0 }
  return new ReplayProtection(store, clock, ownClock, window)
}

export function readScopesOption(name: string, value: unknown): readonly string[] {
  if (value === undefined) return []
  const list = listOf(value)
  if (list === undefined || !list.every(isScopeToken)) {
    throw invalidOption(name, value, 'a list of scope tokens (RFC 6749 section 3.3)')
  }
  return [...new Set(list)]
}

function readRealmOption(name: string, value: unknown): string {
  if (typeof value !== 'string' || !quotable.test(value)) throw invalidOption(name, value, 'a text of printable ASCII')
  return value
}

function readResourceOption(value: unknown): string {
  const absolute = typeof value === 'string' && quotable.test(value) && URL.canParse(value) && !value.includes('#')
  if (!absolute)
    throw invalidOption('resource', value, 'an absolute URI without fragment, such as https://api.example.com')
  return value
}

interface AccessTokenReader {
  /** Identifiers of the issuers, where they are known. */
  readonly issuers: readonly string[]
  readonly verifyAccessToken: AccessTokenVerifier
}

function readAccessTokenOptions(options: Record<string, unknown>, resource: string): AccessTokenReader {
  const audience =
    options.audience === undefined
      ? Object.freeze([resource])
      : readStringsOption('audience', options.audience, 'a text or a list of texts', (text) => text !== '')
  const clockToleranceSeconds = readSecondsOption('clockToleranceSeconds', options.clockToleranceSeconds, 5, {
    min: 0,
    max: 300,
  })
  const find = readFunctionOption<VerifyAccessToken>('verifyAccessToken', options.verifyAccessToken)
  if (find !== undefined) {
    refuseJwtOptions(options)
    const issuers =
      options.issuer === undefined
        ? []
        : readStringsOption('issuer', options.issuer, 'an issuer identifier, or a list', (text) => text !== '')
    return { issuers, verifyAccessToken: createCustomVerifier(find, { issuers, audience, clockToleranceSeconds }) }
  }
  const issuers = readIssuerOptions(options)
  const tokenClaims = readChoiceOption('tokenClaims', options.tokenClaims, 'minimal', ['minimal', 'rfc9068'])
  return {
    issuers: [...issuers.keys()],
    verifyAccessToken: createJwtVerifier({ issuers, audience, tokenClaims, clockToleranceSeconds }),
  }
}

/** An option that would be ignored may be one that somebody relies on. */
function refuseJwtOptions(options: Record<string, unknown>): void {
  // Not "tokenTyp" and "tokenAlgorithms": presets have them, for whichever tokens are JWTs.
  for (const name of ['jwksCache', 'tokenClaims'] satisfies (keyof GuardOptions)[]) {
    if (options[name] !== undefined)
      throw invalidOption(name, options[name], 'left out when "verifyAccessToken" is given')
  }
}

const baseUrl = 'a base URL: https (http only on a loopback host), with no query and fragment'

function readPublicUrlOption(value: unknown, resource: string): GuardPolicy['publicBases'] {
  if (typeof value === 'function') {
    return async (request) => {
      const found: unknown = await value(request)
      try {
        return readPublicBases('publicUrl()', found)
      } catch (error) {
        // The value may hold a secret, and the message of the cause shows it.
        throw loggable(new TypeError(`publicUrl() must return ${baseUrl}`, { cause: error }))
      }
    }
  }
  if (value === undefined) {
    if (!/^https?:/i.test(resource)) {
      throw invalidOption('publicUrl', value, 'given when "resource" is not an http(s) URL: htu is compared with it')
    }
    const base = parsePublicBase(resource.replace(/\?.*$/s, ''))
    if (base === undefined) throw invalidOption('resource', resource, 'an https URL (http only on a loopback host)')
    return [{ origin: base.origin, prefix: '' }]
  }
  const bases = readPublicBases('publicUrl', value)
  if (bases.length === 0) throw invalidOption('publicUrl', value, baseUrl)
  return bases
}

function readPublicBases(name: string, value: unknown): readonly PublicBase[] {
  if (value === undefined) return []
  const urls = listOf(value) ?? [value]
  return urls.map((url) => {
    const base = typeof url === 'string' ? parsePublicBase(url) : undefined
    if (base === undefined) throw invalidOption(name, url, baseUrl)
    return base
  })
}

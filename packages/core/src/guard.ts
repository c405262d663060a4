import type { AccessToken } from './access-token/access-token.js'
import { type Auth, bearerAuth, checkRecordOf, dpopAuth } from './access-token/auth.js'
import { checkNotKeyBound, checkProofKey, requireCertificate, requireKeyBinding } from './access-token/binding.js'
import { checkNotRevoked } from './access-token/revocation.js'
import { findScopeFailure, readScopesOption } from './access-token/scopes.js'
import { findStepUpFailure, readStepUpOption, type StepUpOptions } from './access-token/step-up.js'
import { TokenCache } from './access-token/token-cache.js'
import { CheckFailed, CheckUnavailable } from './check-failed.js'
import { currentSeconds } from './clock.js'
import { CheckRecord } from './diagnostics/check-record.js'
import { publishAccepted, publishRejected, publishUnavailable } from './diagnostics/events.js'
import { type GuardOptions, readGuardOptions } from './options.js'
import { checkNonce, checkTime, issueNonce } from './proof/freshness.js'
import { KnownKeys } from './proof/known-keys.js'
import type { Nonces } from './proof/nonces.js'
import { openProof, requireProofField } from './proof/open-proof.js'
import { accessTokenHash, checkAccessTokenHash, checkMethod, checkTargetUri } from './proof/request-claims.js'
import { describeUse } from './proof/use.js'
import { noteCheck } from './proof/verification-batch.js'
import { verifySignature } from './proof/verify-signature.js'
import { type Credentials, checkAuthorization } from './request/authorization.js'
import {
  assertRequest,
  collectFields,
  type GuardRequest,
  type ReceivedRequest,
  type RequestFields,
} from './request/fields.js'
import { checkHost } from './request/host.js'
import type { PublicBasesOf } from './request/public-url.js'
import {
  checkRequestTarget,
  expectedUris,
  type PublicBase,
  type RequestTarget,
  servedBases,
} from './request/target-uri.js'
import { corsHeaders } from './response/cors.js'
import { nonceHeaders, type ResponseHeaders } from './response/headers.js'
import {
  type ChallengeRequirements,
  createRejectionTable,
  type Rejection,
  RequestRejection,
  writeRejection,
} from './response/rejection.js'
import type { ResourceMetadata } from './response/resource-metadata.js'

/** A request that may pass. */
export interface Acceptance<Caller extends Auth | undefined = Auth> {
  readonly accepted: true
  /** Undefined only with `credentials: 'optional'`: the request has none, or those of one of the `otherSchemes`. */
  readonly auth: Caller
  /** For the response, whatever it will be: see `applyHeaders`. */
  readonly headers: ResponseHeaders
}

/** What a guard says of a request: data, never an exception. */
export type Verdict<Caller extends Auth | undefined = Auth> = Acceptance<Caller> | Rejection

/** Checks requests. Made by `createGuard`; `Caller` includes undefined with `credentials: 'optional'`. */
export interface Guard<Caller extends Auth | undefined = Auth> {
  /**
   * Checks one request: RFC 9449 section 7, RFC 9068 section 4, RFC 6750 section 3. Gives a verdict for whatever a peer
   * sends; rejects, with a TypeError, only where the caller passes something that is not a request. Accepting uses up the
   * proof, so check a request once.
   *
   * Does NOT check the body, the query and the other headers, which no proof covers (RFC 9449 section 11.7); nor, without the
   * option `isRevoked` or introspection, whether the token was revoked.
   */
  check(request: GuardRequest): Promise<Verdict<Caller>>
  /**
   * The rejection for a caller that lacks one of these scopes; undefined for one that has them all. `auth` is what `check`
   * gave; without it, the rejection is the one for missing credentials. Throws a TypeError for what is not a scope.
   */
  checkScopes(auth: Auth | undefined, scopes: readonly string[]): Rejection | undefined
  /**
   * The rejection for a caller whose user did not authenticate as required (RFC 9470); undefined for one whose user did.
   * Throws a TypeError for a requirement that is none.
   */
  checkStepUp(auth: Auth | undefined, required: StepUpOptions): Rejection | undefined
  /** The Protected Resource Metadata to serve (RFC 9728); undefined without the option `resourceMetadata`. */
  readonly resourceMetadata: ResourceMetadata | undefined
}

/** One request while it is checked. */
interface Exchange {
  readonly request: ReceivedRequest
  readonly fields: RequestFields
  readonly record: CheckRecord
  readonly now: number
}

/** What a request presents, in good form and not yet checked. */
interface Presented {
  readonly credentials: Credentials
  readonly target: RequestTarget
}

/**
 * Makes a guard. Everything is prepared here; what is wrong with an option is a TypeError that names it.
 *
 * @example
 * const guard = createGuard({ issuer: 'https://as.example.com', resource: 'https://api.example.com' })
 * const verdict = await guard.check({ method: req.method, target: req.url, headers: req.rawHeaders })
 */
export function createGuard(options: GuardOptions & { credentials?: 'required' | undefined }): Guard
export function createGuard(options: GuardOptions): Guard<Auth | undefined>
export function createGuard(options: GuardOptions): Guard<Auth | undefined> {
  const policy = readGuardOptions(options)
  const { publicBases, revoked, confirmCertificate, replay } = policy
  const { algorithms, maxLength, nonces } = policy.proof
  const accessTokens = new TokenCache(policy.verifyAccessToken)
  const headers = new KnownKeys()
  const rejections = createRejectionTable(policy.response)

  /** What needs no waiting, so that a request without good credentials costs next to nothing. */
  function readPresented({ request, fields, record }: Exchange): Presented | undefined {
    const credentials = checkAuthorization(request, fields, policy.schemes)
    record.scheme = credentials?.scheme
    const target = checkRequestTarget(request.target)
    checkHost(fields)
    if (credentials !== undefined) return { credentials, target }
    if (policy.credentials === 'optional') return undefined
    throw new CheckFailed('credentials_missing')
  }

  /**
   * RFC 9449 sections 4.3 and 7.1, RFC 9068 section 4. Cheap checks come before dear ones; a request that fails one claims
   * nothing. All in one function, which waits only for its batch and for what is not at hand: a promise costs as much as
   * several of the checks.
   */
  async function check(request: GuardRequest, requestKey?: object): Promise<Verdict<Auth | undefined>> {
    noteCheck()
    assertRequest(request)
    // Read once, for what the caller holds may be another request when the waiting is over.
    const { method } = request
    const fields = collectFields(request)
    const record = new CheckRecord(method, request.target)
    try {
      const now = currentSeconds(policy.clock)
      const exchange = { request, fields, record, now }
      const presented = readPresented(exchange)
      if (presented === undefined) return await accept(undefined, exchange)
      const { scheme, token } = presented.credentials
      const bases = typeof publicBases === 'function' ? await findPublicBases(publicBases, request) : publicBases
      const served = servedBases(presented.target, bases)
      const proofText = scheme === 'DPoP' ? requireProofField(fields.dpop, maxLength) : undefined // 1, 2

      const tokenHash = accessTokenHash(token)
      const accessToken = accessTokens.known(tokenHash, now) ?? (await accessTokens.verify(token, tokenHash, now))
      record.claims = accessToken.claims
      if (revoked !== undefined) await checkNotRevoked(revoked, token, accessToken.claims)
      if (proofText === undefined) return await accept(await checkBearer(token, accessToken, exchange), exchange)
      const binding = requireKeyBinding(accessToken.binding)
      const { jkt, certificate } = binding
      if (certificate !== undefined) await requireCertificate(certificate, request, confirmCertificate)

      const known = headers.get(jkt)
      const proof = openProof(proofText, algorithms, known) // 2 to 5, 7
      const { header, claims } = proof
      record.observe(claims, now)
      checkProofKey(jkt, header.key.jkt) // 12
      await verifySignature(proof) // 6
      if (header !== known) headers.set(header)
      checkMethod(claims, method) // 8
      checkTargetUri(claims, expectedUris(presented.target, served), request.target) // 9
      checkAccessTokenHash(claims, tokenHash) // 12
      const nonceUntil = nonces && (await checkNonce(claims, now, nonces)) // 10
      const acceptedUntil = checkTime(claims, now, policy.proof, nonceUntil) // 11
      const using = replay?.useOnce(describeUse(proof, acceptedUntil, policy.proof), requestKey) // section 11.1
      if (using !== undefined) await using
      return await accept(dpopAuth(token, accessToken, binding, claims, record), exchange)
    } catch (thrown) {
      const cors = corsHeaders(fields)
      return nonces === undefined ? reject(thrown, record, cors) : await rejectWithNonce(thrown, record, cors)
    }
  }

  /** RFC 6750 section 2.1, and RFC 9449 section 7.2: a token that is bound to a key never passes here. */
  async function checkBearer(
    token: string,
    accessToken: AccessToken,
    { request, fields, record }: Exchange,
  ): Promise<Auth> {
    const certificate = await checkNotKeyBound(accessToken.binding, request, confirmCertificate)
    if (fields.dpop.length > 0) throw new CheckFailed('bearer_with_proof')
    return bearerAuth(token, accessToken, certificate, record)
  }

  async function findPublicBases(find: PublicBasesOf, request: GuardRequest): Promise<readonly PublicBase[]> {
    try {
      return await find(request)
    } catch (error) {
      throw new CheckUnavailable('public_url_unavailable', error)
    }
  }

  async function accept(
    auth: Auth | undefined,
    { fields, record, now }: Exchange,
  ): Promise<Acceptance<Auth | undefined>> {
    const refusal = auth && findScopeFailure(auth.scopes, policy.requiredScopes)
    if (refusal !== undefined) throw refusal
    const nonce = nonces && (await issueNonceFor(auth, now, nonces))
    publishAccepted(record)
    return { accepted: true, auth, headers: { ...corsHeaders(fields), ...nonceHeaders(nonce) } }
  }

  /** RFC 9449 section 8.2: a client that has the newest nonce needs no other, one without a proof none at all. */
  async function issueNonceFor(auth: Auth | undefined, now: number, nonces: Nonces): Promise<string | undefined> {
    const always = policy.sendNonce === 'always'
    if (!always && auth?.scheme !== 'DPoP') return undefined
    const newest = await issueNonce(nonces, now)
    return always || auth?.proofClaims?.nonce !== newest ? newest : undefined
  }

  /** Where nonces are on, every rejection brings the newest, so that the next try can have it. */
  async function rejectWithNonce(thrown: unknown, record: CheckRecord, headers: ResponseHeaders): Promise<Rejection> {
    let nonce: string | undefined
    try {
      nonce = nonces && (await issueNonce(nonces, currentSeconds(policy.clock)))
    } catch (error) {
      return reject(error, record, headers)
    }
    return reject(thrown, record, { ...headers, ...nonceHeaders(nonce) })
  }

  function reject(thrown: unknown, record: CheckRecord, headers: ResponseHeaders): Rejection {
    if (CheckFailed.is(thrown)) {
      const { reason, comparison, used = record.used } = thrown
      publishRejected(reason, record, comparison)
      return new RequestRejection(rejections(reason, used), comparison, headers)
    }
    const reason = CheckUnavailable.is(thrown) ? thrown.reason : 'internal_error'
    publishUnavailable(reason, record, CheckUnavailable.is(thrown) ? thrown.cause : thrown)
    return new RequestRejection(rejections(reason, record.used), undefined, headers)
  }

  /** The rejection of a caller who was let in, but not to this. */
  function refuseCaller(
    auth: Auth | undefined,
    { reason, comparison }: CheckFailed,
    required: ChallengeRequirements,
  ): Rejection {
    const record = (auth && checkRecordOf(auth)) ?? new CheckRecord()
    record.scheme = auth?.scheme
    record.claims = auth?.claims
    publishRejected(reason, record, comparison)
    const answer = writeRejection(policy.response, reason, record.used, required)
    const newest = nonces?.newest(currentSeconds(policy.clock))
    return new RequestRejection(answer, comparison, nonceHeaders(newest))
  }

  const checkAlone = (request: GuardRequest) => check(request)
  const guard: CheckingGuard = {
    [checkRequestOnce]: { of: checkAlone, check },

    check: checkAlone,

    checkScopes(auth, scopes) {
      const wanted = readScopesOption('scopes', scopes)
      const refusal =
        auth === undefined ? new CheckFailed('credentials_missing') : findScopeFailure(auth.scopes, wanted)
      if (refusal === undefined) return undefined
      const scope = [...new Set([...policy.requiredScopes, ...wanted])].join(' ')
      return refuseCaller(auth, refusal, { scope })
    },

    checkStepUp(auth, required) {
      const stepUp = readStepUpOption(required)
      const { acrValues, maxAgeSeconds } = stepUp
      const refusal =
        auth === undefined
          ? new CheckFailed('credentials_missing')
          : findStepUpFailure(auth.claims, stepUp, currentSeconds(policy.clock))
      return (
        refusal &&
        refuseCaller(auth, refusal, {
          scope: policy.response.parameters.scope,
          acrValues: acrValues?.join(' '),
          maxAge: maxAgeSeconds === undefined ? undefined : String(maxAgeSeconds),
        })
      )
    },

    resourceMetadata: policy.metadata,
  }
  return guard
}

/** Known to every copy of this package, because an adapter may have another one than its guard. */
const checkRequestOnce = Symbol.for('@dpop-guard/core: check a request that several guards may meet on, version 1')

interface CheckingGuard extends Guard<Auth | undefined> {
  readonly [checkRequestOnce]?: {
    /** The method that it stands for. Where a caller has put another one in its place, that one is asked. */
    readonly of: Guard<Auth | undefined>['check']
    readonly check: (request: GuardRequest, requestKey: object) => Promise<Verdict<Auth | undefined>>
  }
}

/**
 * The check for adapters. `requestKey` is the framework's own request object: guards that meet on it use its proof once. All
 * else is checked by each of them.
 */
export function checkRequest(
  guard: CheckingGuard,
  request: GuardRequest,
  requestKey: object,
): Promise<Verdict<Auth | undefined>> {
  const once = guard[checkRequestOnce]
  return once?.of === guard.check ? once.check(request, requestKey) : guard.check(request)
}

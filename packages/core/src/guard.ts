import { checkIssuerAllowed } from './access-token/allowed-issuer.js'
import { type Auth, bearerAuth, dpopAuth } from './access-token/auth.js'
import { checkNotKeyBound, requireCertificate, requireKeyBinding } from './access-token/binding.js'
import { waitForKeys } from './access-token/readiness.js'
import { checkNotRevoked } from './access-token/revocation.js'
import { findScopeFailure } from './access-token/scopes.js'
import { TokenCache } from './access-token/token-cache.js'
import { type Awaitable, isPending } from './awaitable.js'
import { CheckFailed, CheckUnavailable } from './check-failed.js'
import { currentSeconds } from './clock.js'
import { CheckRecord } from './diagnostics/check-record.js'
import { isTraced, traceCheck } from './diagnostics/check-trace.js'
import { type GuardOptions, type GuardPolicy, readGuardOptions, reportingPolicy } from './options.js'
import { checkProofKey } from './proof/embedded-key.js'
import { checkFreshness } from './proof/freshness.js'
import { KnownKeys } from './proof/known-keys.js'
import { openProof, requireProofField } from './proof/open-proof.js'
import { accessTokenHash, checkRequestClaims } from './proof/request-claims.js'
import { describeUse } from './proof/used-proof.js'
import { noteCheck } from './proof/verification-batch.js'
import { verifySignature } from './proof/verify-signature.js'
import { checkAuthorization } from './request/authorization.js'
import { assertRequest, collectFields, type GuardRequest } from './request/fields.js'
import { checkHost } from './request/host.js'
import type { PublicBasesOf } from './request/public-url.js'
import { checkRequestTarget, expectedUris, type PublicBase, servedBases } from './request/target-uri.js'
import { type CallerChecks, createCallerChecks } from './response/caller-checks.js'
import type { ResourceMetadata } from './response/resource-metadata.js'
import { createVerdicts, type Verdict } from './response/verdict.js'

/** Checks requests. `createGuard` makes it. `Caller` includes undefined with `credentials: 'optional'`. */
export interface Guard<Caller extends Auth | undefined = Auth> extends CallerChecks {
  /**
   * Checks one request: RFC 9449 section 7, RFC 9068 section 4, RFC 6750 section 3. Resolves to a verdict for anything that a
   * client can send. Rejects with a TypeError only if you pass something that is not a request. A proof is accepted once, so
   * check each request once.
   *
   * Does NOT check the body, the query and the other headers: a proof does not cover them (RFC 9449 section 11.7). Does NOT
   * check whether the token was revoked, unless you set `isRevoked` or use introspection.
   */
  check(request: GuardRequest): Promise<Verdict<Caller>>
  /**
   * Resolves when the guard has the keys of every issuer in `issuer`, for readiness checks. Otherwise it fetches them, and rejects
   * with an Error that names the issuers whose keys it could not get, after at most `jwksCache.timeoutSeconds`. Call it as often
   * as you like: calls share one fetch with requests, and after a failure the next fetch waits for 1, 2, 4 ... seconds, at most
   * `jwksCache.cooldownSeconds`. Resolves at once if nothing is to be fetched: with inline `jwks`, with `verifyAccessToken`, and
   * with a function as `issuer`.
   */
  ready(): Promise<void>
  /** The resource metadata document to serve (RFC 9728). Undefined without the option `resourceMetadata`. */
  readonly resourceMetadata: ResourceMetadata | undefined
}

/**
 * Makes a guard. Make it once, when your server starts. An invalid option throws a TypeError that names it.
 *
 * @example
 * const guard = createGuard({ issuer: 'https://as.example.com', resource: 'https://api.example.com' })
 * const verdict = await guard.check({ method: req.method, target: req.url, headers: req.rawHeaders })
 */
export function createGuard(options: GuardOptions & { credentials?: 'required' | undefined }): Guard
export function createGuard(options: GuardOptions): Guard<Auth | undefined>
export function createGuard(options: GuardOptions): Guard<Auth | undefined> {
  return guardOf(readGuardOptions(options))
}

function guardOf(policy: GuardPolicy): Guard<Auth | undefined> {
  const { publicBases, isIssuerAllowed, revoked, confirmCertificate, replay } = policy
  const { algorithms, maxLength, nonces } = policy.proof
  const accessTokens = new TokenCache(policy.verifyAccessToken, policy.cache.tokens, policy.scopesOf)
  const knownKeys = new KnownKeys(policy.cache.keys)
  const verdicts = createVerdicts({ ...policy, nonces })

  /**
   * RFC 9449 sections 7 and 4.3, RFC 9068 section 4. Cheap checks come first. The proof is marked as used only when all its
   * checks have passed. This is one function, because a promise costs as much as several checks. It waits only if it must: see
   * `isPending`.
   */
  async function check(request: GuardRequest, requestKey?: object): Promise<Verdict<Auth | undefined>> {
    assertRequest(request)
    // Read once: your code may reuse its object for another request while this one waits.
    const { method, target } = request
    const fields = collectFields(request)
    const record = new CheckRecord(method, target)
    const checked = { fields, record }
    try {
      const now = currentSeconds(policy.clock)
      const credentials = checkAuthorization(request, fields, policy.schemes)
      record.scheme = credentials?.scheme
      const requestTarget = checkRequestTarget(target)
      checkHost(fields)
      if (credentials === undefined) {
        if (policy.credentials === 'required') throw new CheckFailed('credentials_missing')
        return await verdicts.accept(undefined, checked, now)
      }
      const { scheme, token } = credentials
      const finding = findPublicBases(request)
      const served = servedBases(requestTarget, isPending(finding) ? await finding : finding)
      const jws = scheme === 'DPoP' ? requireProofField(fields.dpop, maxLength) : undefined // 4.3 (1, 2)

      const tokenHash = accessTokenHash(token)
      const verifying = accessTokens.known(tokenHash, now) ?? accessTokens.verify(token, tokenHash, now)
      const accessToken = isPending(verifying) ? await verifying : verifying
      record.claims = accessToken.claims
      if (isIssuerAllowed !== undefined) await checkIssuerAllowed(isIssuerAllowed, accessToken.claims.iss, request)
      if (revoked !== undefined) await checkNotRevoked(revoked, token, accessToken.claims, { now, fetch: policy.fetch })
      if (jws === undefined) {
        const certificate = await checkNotKeyBound(accessToken.binding, request, confirmCertificate) // 7.2
        if (fields.dpop.length > 0) throw new CheckFailed('bearer_with_proof')
        const auth = bearerAuth(token, accessToken, certificate, record)
        checkRequiredScopes(auth)
        return await verdicts.accept(auth, checked, now)
      }
      const binding = requireKeyBinding(accessToken.binding)
      const { jkt, certificate } = binding
      if (certificate !== undefined) await requireCertificate(certificate, request, confirmCertificate)

      const known = knownKeys.get(jkt)
      const proof = openProof(jws, algorithms, known) // 4.3 (2 to 5, 7)
      record.observe(proof.claims, now)
      checkProofKey(proof.header.key, jkt) // 4.3 (12): cnf.jkt
      // If several first requests have the same key, only one of them imports it. The entry is not a verdict.
      if (known === undefined) knownKeys.set(proof.header)
      await verifySignature(proof) // 4.3 (6)
      if (known !== undefined && proof.header !== known) knownKeys.set(proof.header)
      const uris = expectedUris(requestTarget, served)
      checkRequestClaims(proof, { method, target, uris, tokenHash }) // 4.3 (8, 9, 12): htm, htu, ath
      const judging = checkFreshness(proof, now, policy.proof) // 4.3 (10, 11): nonce, iat
      const acceptedUntil = isPending(judging) ? await judging : judging
      const using = replay?.useOnce(describeUse(proof, acceptedUntil, policy.proof), requestKey) // 11.1: jti
      if (isPending(using)) await using

      const auth = dpopAuth(token, accessToken, binding, proof.claims, record)
      checkRequiredScopes(auth)
      const accepting = verdicts.accept(auth, checked, now)
      return isPending(accepting) ? await accepting : accepting
    } catch (thrown) {
      const rejecting = verdicts.reject(thrown, checked)
      return isPending(rejecting) ? await rejecting : rejecting
    }
  }

  function findPublicBases(request: GuardRequest): Awaitable<readonly PublicBase[]> {
    return typeof publicBases === 'function' ? callPublicUrl(publicBases, request) : publicBases
  }

  function checkRequiredScopes({ scopes }: Auth): void {
    const failed = findScopeFailure(scopes, policy.requiredScopes)
    if (failed !== undefined) throw failed
  }

  function checkScheduled(request: GuardRequest, requestKey?: object): Promise<Verdict<Auth | undefined>> {
    noteCheck()
    return isTraced() ? traceCheck(policy, request, () => check(request, requestKey)) : check(request, requestKey)
  }

  const checkAlone = (request: GuardRequest) => checkScheduled(request)
  let reporting: Guard<Auth | undefined> | undefined
  const guard: CheckingGuard = {
    [checkRequestOnce]: {
      of: checkAlone,
      check: checkScheduled,
      report() {
        reporting ??= guardOf(reportingPolicy(policy))
        return reporting
      },
    },

    check: checkAlone,

    ...createCallerChecks(verdicts, policy),

    async ready() {
      await waitForKeys(policy.namedKeys, currentSeconds(policy.clock))
    },

    resourceMetadata: policy.resourceMetadata,
  }
  return guard
}

async function callPublicUrl(find: PublicBasesOf, request: GuardRequest): Promise<readonly PublicBase[]> {
  try {
    return await find(request)
  } catch (error) {
    throw new CheckUnavailable('public_url_unavailable', error)
  }
}

/** A registered symbol, because an adapter may use another copy of this package than its guard. */
const checkRequestOnce = Symbol.for('@dpop-guard/core: check a request that several guards may meet on, version 1')

interface CheckingGuard extends Guard<Auth | undefined> {
  readonly [checkRequestOnce]?: {
    /** The guard's own `check`. If your code has replaced that method, the replacement is called. */
    readonly of: Guard<Auth | undefined>['check']
    readonly check: (request: GuardRequest, requestKey: object) => Promise<Verdict<Auth | undefined>>
    /** Another copy of this package may not have it. */
    readonly report?: () => Guard<Auth | undefined>
  }
}

/**
 * The check for adapters. `requestKey` is the framework's own request object. If several guards check it, that counts as one use
 * of its proof. Each guard makes all its other checks.
 */
export function checkRequest(
  guard: CheckingGuard,
  request: GuardRequest,
  requestKey: object,
): Promise<Verdict<Auth | undefined>> {
  const once = guard[checkRequestOnce]
  return once?.of === guard.check ? once.check(request, requestKey) : guard.check(request)
}

/**
 * A guard with the same options that only reports: its events have `enforced: false`, and it has a memory of used proofs of its
 * own. The same one for each call. Undefined if the guard is of another copy of this package, or if your code has replaced its
 * `check`. Throws a TypeError if the guard needs nonces, because a guard that only reports sends none.
 */
export function reportingGuard(guard: CheckingGuard): Guard<Auth | undefined> | undefined {
  const once = guard[checkRequestOnce]
  return once?.of === guard.check ? once.report?.() : undefined
}

import { cacheAccessTokens } from './access-token/cache.js'
import { createJwtVerifier } from './access-token/jwt.js'
import { type Auth, bearerAuth, dpopAuth } from './auth.js'
import { readCredentials } from './authorization.js'
import { checkKeyBinding, requireKeyBinding, requireUnbound } from './binding.js'
import { readTime } from './clock.js'
import { publishAccepted, publishRejected, publishUnavailable, Trail } from './diagnostics.js'
import { type GuardOptions, readOptions, readScopeList } from './options.js'
import {
  accessTokenHash,
  checkAccessTokenHash,
  checkIssuedAt,
  checkMethod,
  checkTargetUri,
} from './proof/check-claims.js'
import { readProof, readProofField } from './proof/read-proof.js'
import { createKeyCache, verifySignature } from './proof/verify-signature.js'
import { Refusal, Unavailable } from './refusal.js'
import { claimOnce } from './replay/store.js'
import { type GuardRequest, type ReceivedRequest, type RequestFields, readFields, requireRequest } from './request.js'
import { exposeHeaders, type Rejection, type ResponseHeaders, writeRejection } from './response.js'
import { hasScopes } from './scopes.js'
import { expectedUris, isHostValue, type PublicBase, readRequestTarget } from './target-uri.js'

/** A request that may pass. */
export interface Acceptance<Caller extends Auth | undefined = Auth> {
  readonly accepted: true
  /** Undefined only with `credentials: 'optional'`, for a request without any. */
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
   * Does NOT check the body, the query and the other headers, which no proof covers (RFC 9449 section 11.7), nor whether the
   * token was revoked.
   */
  check(request: GuardRequest): Promise<Verdict<Caller>>
  /**
   * The rejection for a caller that lacks one of these scopes; undefined for one that has them all. `auth` is what `check`
   * gave; without it, the rejection is the one for missing credentials. Throws a TypeError for what is not a scope.
   */
  checkScopes(auth: Auth | undefined, scopes: readonly string[]): Rejection | undefined
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
  const policy = readOptions(options)
  const verifyAccessToken = cacheAccessTokens(createJwtVerifier(policy.tokens))
  const keys = createKeyCache()

  async function authenticate(
    request: ReceivedRequest,
    fields: RequestFields,
    trail: Trail,
  ): Promise<Auth | undefined> {
    const now = readTime(policy.clock)
    const credentials = readCredentials(request, fields, policy.response.offered)
    trail.scheme = credentials?.scheme
    const target = readRequestTarget(request.target)
    checkHost(fields.host)
    if (credentials === undefined) {
      if (policy.credentials === 'optional') return undefined
      throw new Refusal('credentials_missing')
    }
    const expected = expectedUris(target, await findPublicBases(request))
    const auth =
      credentials.scheme === 'DPoP'
        ? await checkDpop(credentials.token, fields, request.method, expected, now, trail)
        : await checkBearer(credentials.token, fields, now, trail)
    if (!hasScopes(auth.scopes, policy.requiredScopes)) throw new Refusal('scope_insufficient')
    return auth
  }

  /** RFC 9449 sections 4.3 and 7.1. Cheap checks come before dear ones, and a request that fails one claims nothing. */
  async function checkDpop(
    token: string,
    fields: RequestFields,
    method: string,
    expected: readonly string[],
    now: number,
    trail: Trail,
  ): Promise<Auth> {
    const text = readProofField(fields.dpop, policy.proof.maxLength) // 1, 2
    const tokenHash = accessTokenHash(token)
    const accessToken = await verifyAccessToken(token, tokenHash, now)
    trail.claims = accessToken.claims
    const jkt = requireKeyBinding(accessToken.claims)

    const proof = readProof(text, policy.proof.algorithms) // 2 to 5, 7
    trail.observe(proof.claims, now, expected)
    checkKeyBinding(jkt, proof.key.jkt) // 12
    await verifySignature(proof, keys) // 6
    checkMethod(proof.claims, method) // 8
    checkTargetUri(proof.claims, expected) // 9
    checkAccessTokenHash(proof.claims, tokenHash) // 12
    checkIssuedAt(proof.claims, now, policy.proof) // 11
    if (policy.replay !== 'off') await claimOnce(policy.replay, jkt, proof.claims, now, policy.proof) // section 11.1
    return dpopAuth(token, accessToken, jkt, proof.claims)
  }

  /** RFC 6750 section 2.1, and RFC 9449 section 7.2: a bound token never passes here. */
  async function checkBearer(token: string, fields: RequestFields, now: number, trail: Trail): Promise<Auth> {
    const accessToken = await verifyAccessToken(token, accessTokenHash(token), now)
    trail.claims = accessToken.claims
    requireUnbound(accessToken.claims)
    if (fields.dpop.length > 0) throw new Refusal('bearer_with_proof')
    return bearerAuth(token, accessToken)
  }

  async function findPublicBases(request: GuardRequest): Promise<readonly PublicBase[]> {
    try {
      return await policy.publicBases(request)
    } catch (error) {
      throw new Unavailable('public_url_unavailable', error)
    }
  }

  function reject(thrown: unknown, trail: Trail): Rejection {
    if (thrown instanceof Refusal) {
      publishRejected(thrown.reason, trail)
      return writeRejection(policy.response, thrown.reason, thrown.used ?? trail.used)
    }
    const reason = thrown instanceof Unavailable ? thrown.reason : 'internal_error'
    publishUnavailable(reason, trail, thrown instanceof Unavailable ? thrown.cause : thrown)
    return writeRejection(policy.response, reason, trail.used)
  }

  return {
    async check(given) {
      const request = requireRequest(given)
      const fields = readFields(request)
      const trail = new Trail(request.method)
      const cors = fields.origin.length > 0 ? exposeHeaders : {}
      try {
        const auth = await authenticate(request, fields, trail)
        publishAccepted(trail)
        return { accepted: true, auth, headers: cors }
      } catch (thrown) {
        const rejection = reject(thrown, trail)
        return { ...rejection, headers: { ...rejection.headers, ...cors } }
      }
    },

    checkScopes(auth, scopes) {
      const wanted = readScopeList('scopes', scopes)
      if (auth !== undefined && hasScopes(auth.scopes, wanted)) return undefined
      const trail = new Trail(undefined)
      trail.scheme = auth?.scheme
      trail.claims = auth?.claims
      const reason = auth === undefined ? 'credentials_missing' : 'scope_insufficient'
      publishRejected(reason, trail)
      const all = [...new Set([...policy.requiredScopes, ...wanted])].join(' ')
      return writeRejection(policy.response, reason, trail.used, all)
    },
  }
}

/** RFC 9112 section 3.2. Node lets a repeated or malformed Host through, and what runs behind the guard may read it. */
function checkHost(values: readonly string[]): void {
  if (values.length > 1 || !values.every(isHostValue)) throw new Refusal('host_malformed')
}
